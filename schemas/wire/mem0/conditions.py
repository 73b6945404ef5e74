"""What Mem0's filters may ask of each field: the operators it knows, and what each one means to us."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from math import isfinite
from typing import Any, NoReturn, cast

from schemas.errors import shown
from schemas.search import Condition, Filter, Not, Operator, Or, both
from schemas.wire.mem0 import dates

ENTITIES = {"user_id": "user", "agent_id": "agent", "app_id": "app", "run_id": "run"}
"""Mem0's entity ids and our names for them."""
ANY = "*"
"""As an entity id in a filter: whichever there is."""
_VALUES_MAX = 1_000


def condition(field: str, value: object) -> Filter:
    """The Filter of one of FIELDS and its value or operators. Raises ValueError naming both what is wrong and what is allowed."""
    if field == "metadata":
        return _metadata(value)
    rule = _RULES[field]
    if isinstance(value, Mapping):
        _words_known(field, rule, value)
        return both(*(_meaning(field, rule, word, operand) for word, operand in value.items()))
    return _meaning(field, rule, "in" if isinstance(value, list | tuple) else rule.bare, value)


def entity_name(value: object) -> str:
    """A user's, agent's, app's or run's id: text, or a whole number. Raises ValueError."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text(value)


def equal(metadata: Mapping[str, Any]) -> Filter:
    """Metadata that has all these values under its top-level keys. Raises ValueError."""
    return both(*(_metadata_key(key, "eq", value) for key, value in metadata.items()))


@dataclass(frozen=True, slots=True)
class _Rule:
    words: tuple[str, ...]
    bare: str
    """The operator a bare value stands for."""
    means: Callable[[str, object], Filter]
    """(operator, operand) -> Filter; raises ValueError saying what the operand must be."""


def _words_known(field: str, rule: _Rule, operators: Mapping[str, object]) -> None:
    for word in operators or ("",):
        if word not in rule.words:
            raise ValueError(f"{field} does not know the operator {shown(word)!r}; allowed are {', '.join(rule.words)}, or a bare value")


def _meaning(field: str, rule: _Rule, word: str, operand: object) -> Filter:
    try:
        return rule.means(word, operand)
    except ValueError as error:
        raise ValueError(f"{field} {error}") from None


def _entity(field: str, word: str, operand: object) -> Filter:
    if word == "in":
        names = [entity_name(one) for one in _listed(operand)]
        return _there(field) if ANY in names else _one_of(field, names)
    if operand is None or operand == ANY:
        return _there(field) if (operand == ANY) == (word == "eq") else Not(part=_there(field))
    return Condition(field=field, op=cast(Operator, word), value=entity_name(operand))


def _time(field: str, word: str, operand: object) -> Filter:
    if word == "in":
        return Or(parts=tuple(_time(field, "eq", one) for one in _listed(operand)))
    return Condition(field=field, op=cast(Operator, word), value=dates.point(operand))


def _expiration(word: str, operand: object) -> Filter:
    """Dates compare as the instants after them do."""
    if word == "in":
        return Or(parts=tuple(_expiration("eq", one) for one in _listed(operand)))
    if operand is None and word in ("eq", "ne"):
        return _there("expires_at") if word == "ne" else Not(part=_there("expires_at"))
    return Condition(field="expires_at", op=cast(Operator, word), value=dates.expires_at(operand).isoformat())


def _categories(word: str, operand: object) -> Filter:
    if word == "in":
        return _one_of("categories", [_text(one) for one in _listed(operand)])
    return Condition(field="categories", op="contains", value=_text(operand))


def _content(word: str, operand: object) -> Filter:
    if word == "in":
        raise ValueError("takes text, not a list")
    return Condition(field="content", op=cast(Operator, word), value=_text(operand))


def _ids(word: str, operand: object) -> Filter:
    return _one_of("id", [_text(one).lower() for one in (_listed(operand) if word == "in" else [operand])])


def _there(field: str) -> Filter:
    return Condition(field=field, op="exists")


def _one_of(field: str, values: list[str]) -> Filter:
    return Condition(field=field, op="in", value=tuple(values)) if values else Or(parts=())


def _text(value: object) -> str:
    if isinstance(value, str) and value:
        return value
    raise ValueError("must be a non-empty string")


def _listed(value: object) -> list[object]:
    if not isinstance(value, list | tuple):
        raise ValueError("wants a list after 'in'")
    if len(value) > _VALUES_MAX:
        raise ValueError(f"takes at most {_VALUES_MAX} values")
    return list(value)


_METADATA_WORDS = ("eq", "ne", "contains")


def _metadata(value: object) -> Filter:
    """{"key": value}, {"key": {operator: value}}, or the operator first: {"contains": {"key": value}}."""
    if not isinstance(value, Mapping) or not value:
        raise ValueError('metadata takes an object such as {"topic": "travel"}')
    return both(*(_metadata_term(key, operand) for key, operand in value.items()))


def _metadata_term(key: str, operand: object) -> Filter:
    if not isinstance(operand, Mapping):
        return _metadata_key(key, "eq", operand)
    if key in _METADATA_WORDS and operand:
        same = equal(operand)
        return Not(part=same) if key == "ne" else same
    if not operand or any(word not in _METADATA_WORDS for word in operand):
        _refuse_metadata(key)
    return both(*(_metadata_key(key, word, one) for word, one in operand.items()))


def _refuse_metadata(key: str) -> NoReturn:
    raise ValueError(f"metadata.{shown(key)} takes a plain value or the operators {', '.join(_METADATA_WORDS)}")


def _metadata_key(key: str, word: str, value: object) -> Filter:
    if not isinstance(value, str | int | float | bool | None) or (isinstance(value, float) and not isfinite(value)):
        raise ValueError(f"metadata.{shown(key)} must be compared with a string, a number, true, false or null")
    return Condition(field=f"metadata.{key}", op=cast(Operator, word), value=value)


_TIME_WORDS = ("gt", "gte", "lt", "lte", "ne", "in")
_CONTENT = _Rule(("contains", "icontains"), "icontains", _content)
_RULES: dict[str, _Rule] = {
    **{key: _Rule(("eq", "ne", "in"), "eq", partial(_entity, field)) for key, field in ENTITIES.items()},
    # what clients see as created_at is when it was said: that is what `timestamp` backdates
    "created_at": _Rule(_TIME_WORDS, "eq", partial(_time, "said_at")),
    "updated_at": _Rule(_TIME_WORDS, "eq", partial(_time, "updated_at")),
    "timestamp": _Rule(_TIME_WORDS, "eq", partial(_time, "said_at")),
    "expiration_date": _Rule(_TIME_WORDS, "eq", _expiration),
    "text": _CONTENT,
    "categories": _Rule(("in", "contains"), "contains", _categories),
    "keywords_search": _CONTENT,
    "memory_ids": _Rule(("in",), "eq", _ids),
    "keywords": _CONTENT,
}
FIELDS = (*_RULES, "metadata")
"""All that filters may name."""
