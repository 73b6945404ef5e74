"""Conditions: a filter of the schemas as SQL. A field is looked up in a table and its column written from there."""

from datetime import date, datetime

from core.store import metadata
from core.store.rows import micros, storable
from core.store.sql import EVERYTHING, NOTHING, any_of, decimal, literal, negated, one_of, timestamp
from schemas.errors import BadInput
from schemas.search import And, Condition, Filter, Not, Or, Scalar, conditions

DEPTH_MAX = 12
"""Deepest nesting of a filter; LanceDB's parser gives up at about 25."""
CONDITIONS_MAX = 200
"""Most conditions in a filter."""
VALUES_MAX = 1_000
"""Most values of one `in`."""
TEXT_MAX = 64 * 1024
"""Longest value, in characters."""
KEY_MAX = 1_000
"""Longest `metadata.<key>`, in characters."""
NUMBER_MAX = 1e300
_DAY = 86_400_000_000
_TEXT = {"user": "user_id", "agent": "agent_id", "app": "app_id", "run": "run_id", "id": "id", "type": "type"}
_TEXT |= {"content": "content", "state": "state"}
_LISTS = frozenset({"tags", "categories"})
_TIMES = frozenset({"created_at", "updated_at", "said_at", "expires_at"})
_NUMBERS = frozenset({"confidence", "importance"})
_PAIRS = "array_to_string(meta_pairs, chr(10))"
Value = Scalar | tuple[Scalar, ...]


def check_size(where: Filter) -> None:
    """Raises BadInput for a filter too deep or too large. To be asked before anything walks through it."""
    if not _within(where, DEPTH_MAX) or sum(1 for _ in conditions(where)) > CONDITIONS_MAX:
        raise BadInput(f"a filter may nest {DEPTH_MAX} deep and hold {CONDITIONS_MAX} conditions", fields={"filters": ["too large"]})


def _within(where: Filter, depth: int) -> bool:
    match where:
        case And(parts=parts) | Or(parts=parts):
            return depth > 0 and all(_within(part, depth - 1) for part in parts)
        case Not(part=part):
            return depth > 0 and _within(part, depth - 1)
    return True


def as_sql(where: Filter) -> str:
    """The filter as SQL.

    Raises BadInput for an unknown field, an operator its field does not take, or a value that is none of its.
    """
    match where:
        case Condition():
            return _condition(where)
        case And(parts=parts):
            return f"({' AND '.join(map(as_sql, parts))})" if parts else EVERYTHING
        case Or(parts=parts):
            return f"({' OR '.join(map(as_sql, parts))})" if parts else NOTHING
        case Not(part=part):
            return negated(as_sql(part))


def _condition(condition: Condition) -> str:
    if condition.op == "ne":
        return negated(_condition(condition.model_copy(update={"op": "eq"})))
    name = condition.field
    if name.startswith("metadata.") and len("metadata.") < len(name) <= KEY_MAX:
        return _metadata(condition)
    for names, render in ((_TEXT, _text), (_LISTS, _list), (_TIMES, _time), (_NUMBERS, _number)):
        if name in names:
            return render(condition)
    raise BadInput(f"there is no field {name[:100]!r} to filter by", fields={"filters": [f"unknown field {name[:100]!r}"]})


def _any_equal(condition: Condition) -> str:
    each = (condition.model_copy(update={"op": "eq", "value": value}) for value in _values(condition))
    return as_sql(Or(parts=tuple(each)))


def _text(condition: Condition) -> str:
    column = _TEXT[condition.field]
    match condition.op:
        case "exists":
            return f"{column} IS NOT NULL"
        case "eq" if condition.value is None:
            return f"{column} IS NULL"
        case "eq":
            return f"{column} = {literal(_string(condition))}"
        case "in":
            return one_of(column, _strings(condition))
        case "contains":
            return f"contains({column}, {literal(_string(condition))})"
        case "icontains":
            return f"contains(lower({column}), lower({literal(_string(condition))}))"
    raise _no_operator(condition)


def _list(condition: Condition) -> str:
    column = condition.field
    match condition.op:
        case "exists":
            return f"(NOT empty({column}))"
        case "eq" if condition.value is None:
            return f"empty({column})"
        case "eq" | "contains":
            return f"array_has({column}, {literal(_string(condition))})"
        case "in":
            return any_of(column, _strings(condition))
    raise _no_operator(condition)


def _time(condition: Condition) -> str:
    """A moment is the microsecond that begins then; a bare date is the whole day, in UTC."""
    column = condition.field
    if condition.op == "exists":
        return f"{column} IS NOT NULL"
    if condition.op == "eq" and condition.value is None:
        return f"{column} IS NULL"
    if condition.op == "in":
        return _any_equal(condition)
    start, end = _span(condition)
    match condition.op:
        case "eq":
            return f"({column} >= {timestamp(start)} AND {column} < {timestamp(end)})"
        case "gt":
            return f"{column} >= {timestamp(end)}"
        case "gte":
            return f"{column} >= {timestamp(start)}"
        case "lt":
            return f"{column} < {timestamp(start)}"
        case "lte":
            return f"{column} < {timestamp(end)}"
    raise _no_operator(condition)


def _span(condition: Condition) -> tuple[int, int]:
    """First microsecond of the time named, and the first after it."""
    text = _string(condition).strip()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        try:
            start = micros(datetime.fromisoformat(text))
        except (ValueError, OverflowError) as problem:
            raise _refused(condition, "takes an ISO 8601 date, or date and time") from problem
        return start, start + 1
    start = micros(datetime(day.year, day.month, day.day))  # noqa: DTZ001  (micros takes it as UTC)
    return start, start + _DAY


_SIGNS = {"eq": "=", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}


def _number(condition: Condition) -> str:
    value, column = condition.value, condition.field
    if condition.op == "exists":
        return EVERYTHING
    if condition.op == "in":
        return _any_equal(condition)
    if condition.op not in _SIGNS:
        raise _no_operator(condition)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= NUMBER_MAX:
        raise _refused(condition, "takes a number")
    return f"{column} {_SIGNS[condition.op]} {decimal(value)}"


def _metadata(condition: Condition) -> str:
    key, value = condition.field.removeprefix("metadata."), condition.value
    there = f"array_has(meta_pairs, {literal(metadata.present(storable(key)))})"
    match condition.op:
        case "exists":
            return there
        case "eq" if value is None:
            return negated(there)
        case "eq":
            return f"array_has(meta_pairs, {literal(metadata.equal(key, _bounded(condition)))})"
        case "in":
            return any_of("meta_pairs", [metadata.equal(key, part) for part in _values(condition)])
        case "contains" if isinstance(value, str):
            return f"({_has_element(condition, key)} OR {_text_within(condition, key, fold_case=False)})"
        case "contains":
            return _has_element(condition, key)
        case "icontains":
            return _text_within(condition, key, fold_case=True)
    raise _no_operator(condition)


def _has_element(condition: Condition, key: str) -> str:
    if condition.value is None or isinstance(condition.value, tuple):
        raise _refused(condition, "takes a text, a number or a boolean")
    return f"array_has(meta_pairs, {literal(metadata.element(key, _bounded(condition)))})"


def _text_within(condition: Condition, key: str, *, fold_case: bool) -> str:
    value = condition.value
    if not isinstance(value, str) or max(len(value), len(key)) > metadata.TEXT_MAX:
        raise _refused(condition, f"takes a text of up to {metadata.TEXT_MAX} characters")
    pattern = metadata.text_within(storable(key), storable(value), fold_case=fold_case)
    return f"regexp_like({_PAIRS}, {literal(pattern)})"


def _string(condition: Condition) -> str:
    value = _bounded(condition)
    if not isinstance(value, str):
        raise _refused(condition, "takes a text")
    return value


def _strings(condition: Condition) -> list[str]:
    texts = [value for value in _values(condition) if isinstance(value, str)]
    if len(texts) < len(_values(condition)):
        raise _refused(condition, "takes texts")
    return texts


def _values(condition: Condition) -> tuple[Scalar, ...]:
    values = _bounded(condition)
    if not isinstance(values, tuple) or None in values or len(values) > VALUES_MAX:
        raise _refused(condition, f"takes, with `in`, up to {VALUES_MAX} values, none of them null")
    return values


def _bounded(condition: Condition) -> Value:
    value = condition.value
    texts = [part for part in (value if isinstance(value, tuple) else (value,)) if isinstance(part, str)]
    if sum(map(len, texts)) > TEXT_MAX:
        raise _refused(condition, f"takes values of up to {TEXT_MAX} characters")
    return value


def _no_operator(condition: Condition) -> BadInput:
    return _refused(condition, f"does not take the operator {condition.op!r}")


def _refused(condition: Condition, why: str) -> BadInput:
    name = condition.field[:100]
    return BadInput(f"the filter on {name!r} {why}", fields={"filters": [f"{name}: {why}"]})
