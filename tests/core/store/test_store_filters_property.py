"""Any filter finds exactly the rows that plain Python finds, and never a row of another owner."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from store_rows import NOW, SHARDS, memory, remember_in

from core.store.connection import Store
from core.store.reader import Reader
from core.store.upkeep import Upkeep
from schemas.memory import Memory, MemoryState, MemoryType
from schemas.search import And, Condition, Filter, Not, Or, Selection

OWNERS = ["acme", "' OR 1=1 --", "acme'"]
TEXTS = ["ann", "Ann", "a", "' OR 1=1 --", "\\' OR 1=1 --", "''", '"', "\\", "\\n", "%", "_", "nul\0l", "😀", "é", "null", "1", "a\nb"]
MOMENTS = [datetime(2026, 5, day, hour, tzinfo=UTC) for day in (1, 2, 3) for hour in (0, 12)]
VALUES = [*TEXTS, 1, 1.5, 0, -1, True, False, None]
KEYS = ["k", 'k"="v', "'", "k[]"]


def _rows() -> list[Memory]:
    random = Random(11)  # the same rows every time: only the filters vary

    def some(values: list[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(random.choices(values, k=random.choice([0, 1, 2]))))

    def one() -> Memory:
        return memory(
            " ".join(random.choices(TEXTS, k=2)),
            owner=random.choice(OWNERS),
            user=random.choice([None, *TEXTS]),
            agent=random.choice([None, *TEXTS]),
            run=random.choice([None, "r"]),
            tags=some(TEXTS),
            categories=some(TEXTS),
            type=random.choice(list(MemoryType)),
            confidence=random.choice([0.0, 0.5, 1.0]),
            state=random.choice(list(MemoryState)),
            created_at=random.choice(MOMENTS),
            expires_at=random.choice([None, NOW - timedelta(1), NOW + timedelta(1), MOMENTS[0]]),
            metadata={key: random.choice([*VALUES, ["a", 1], ["'", "é"], {"k": 1}]) for key in random.choices(KEYS, k=2)},
        )

    return [one() for _ in range(120)]


ROWS = _rows()


def _same(held: object, value: object) -> bool:
    return held == value and isinstance(held, bool) == isinstance(value, bool)


def _day_or_moment(value: str) -> tuple[datetime, datetime]:
    if len(value) == len("2026-05-01"):
        start = datetime.combine(date.fromisoformat(value), datetime.min.time(), UTC)
        return start, start + timedelta(days=1)
    return datetime.fromisoformat(value), datetime.fromisoformat(value) + timedelta(microseconds=1)


def _text(held: str | None, op: str, value: object) -> bool:
    if held is None or op == "exists":
        return held is not None if op == "exists" else op == "eq" and value is None
    match op:
        case "eq":
            return held == value
        case "in":
            return held in value  # type: ignore[operator]
        case "contains":
            return str(value) in held
    return str(value).lower() in held.lower()


def _list(held: tuple[str, ...], op: str, value: object) -> bool:
    if op == "exists" or value is None:
        return bool(held) is (op == "exists")
    return any(item in held for item in value) if op == "in" else value in held  # type: ignore[attr-defined]


def _number(held: float, op: str, value: float) -> bool:
    return {"eq": held == value, "gt": held > value, "gte": held >= value, "lt": held < value, "lte": held <= value}[op]


def _time(held: datetime | None, op: str, value: str | None) -> bool:
    if held is None or value is None:
        return held is not None if op == "exists" else held is None and op == "eq" and value is None
    start, end = _day_or_moment(value)
    return {"eq": start <= held < end, "gt": held >= end, "gte": held >= start, "lt": held < start, "lte": held < end}[op]


def _metadata(held: object, op: str, value: object) -> bool:
    if held is None or op == "exists" or (op == "eq" and value is None):
        return held is not None if op == "exists" else held is None and op == "eq" and value is None
    if isinstance(held, list):
        wanted = value if op != "icontains" else str(value).lower()
        items = held if op != "icontains" else [item.lower() if isinstance(item, str) else item for item in held]
        return op in ("contains", "icontains") and any(_same(item, wanted) for item in items)
    match op:
        case "eq":
            return _same(held, value)
        case "in":
            return any(_same(held, one) for one in value)  # type: ignore[attr-defined]
    if not isinstance(held, str) or not isinstance(value, str):
        return False
    return value in held if op == "contains" else value.lower() in held.lower()


def _holds(known: Memory, where: Filter) -> bool:
    match where:
        case And(parts=parts):
            return all(_holds(known, part) for part in parts)
        case Or(parts=parts):
            return any(_holds(known, part) for part in parts)
        case Not(part=part):
            return not _holds(known, part)
        case Condition(op="ne"):
            return not _holds(known, where.model_copy(update={"op": "eq"}))
    name, op, value = where.field, where.op, where.value
    if name.startswith("metadata."):
        return _metadata(known.metadata.get(name.removeprefix("metadata.")), op, value)
    if name in ("user", "agent", "run"):
        return _text(getattr(known.scope, name), op, value)
    if name in ("content", "type", "state"):
        return _text(str(getattr(known, name)), op, value)
    if name in ("tags", "categories"):
        return _list(known.scope.tags if name == "tags" else known.categories, op, value)
    if name == "confidence":
        return _number(known.confidence, op, value)  # type: ignore[arg-type]
    return _time(getattr(known, name), op, value)  # type: ignore[arg-type]


def _meant(known: Memory, selection: Selection) -> bool:
    alive = selection.show_expired or known.expires_at is None or known.expires_at > NOW
    mine = known.scope.owner == selection.owner and selection.owner != ""
    return mine and known.state in selection.states and alive and _holds(known, selection.where)


def _condition(fields: list[str], ops: list[str], values: st.SearchStrategy[object]) -> st.SearchStrategy[Filter]:
    def with_value(pair: tuple[str, str]) -> st.SearchStrategy[Filter]:
        field, op = pair
        value = st.lists(values, min_size=1, max_size=3) if op == "in" else st.none() if op == "exists" else values
        if op in ("eq", "ne") and field != "confidence":
            value = st.one_of(value, st.none())
        return value.map(lambda one: Condition.model_validate({"field": field, "op": op, "value": one}))

    return st.tuples(st.sampled_from(fields), st.sampled_from(ops)).flatmap(with_value)


texts = st.sampled_from(TEXTS)
scalars = st.sampled_from([value for value in VALUES if value is not None])
times = st.one_of(st.sampled_from(MOMENTS).map(datetime.isoformat), st.sampled_from(["2026-05-01", "2026-05-02", "2026-05-16"]))
leaves = st.one_of(
    _condition(["user", "agent", "run", "content"], ["eq", "ne", "in", "contains", "icontains", "exists"], texts),
    _condition(["user"], ["eq"], texts),
    _condition(["type", "state"], ["eq", "ne", "in"], st.sampled_from(["fact", "goal", "active", "nonsense"])),
    _condition(["tags", "categories"], ["eq", "ne", "in", "contains", "exists"], texts),
    _condition(["confidence"], ["eq", "ne", "gt", "gte", "lt", "lte"], st.sampled_from([0.0, 0.5, 0.25, 1])),
    _condition(["created_at", "expires_at"], ["eq", "ne", "exists"], times),
    _condition(["created_at", "expires_at"], ["gt", "gte", "lt", "lte"], times),
    _condition([f"metadata.{key}" for key in [*KEYS, "absent"]], ["eq", "ne", "in", "exists", "contains"], scalars),
    _condition([f"metadata.{key}" for key in KEYS], ["contains", "icontains"], texts),
)
filters: st.SearchStrategy[Filter] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: And(parts=tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(parts=tuple(parts))),
        inner.map(lambda part: Not(part=part)),
    ),
    max_leaves=6,
)
selections = st.builds(
    Selection,
    owner=st.sampled_from([*OWNERS, "", "nobody"]),
    where=filters,
    states=st.lists(st.sampled_from(list(MemoryState)), unique=True).map(tuple),
    show_expired=st.booleans(),
)


@pytest.fixture(params=["fresh", "indexed"])
async def filled(request: pytest.FixtureRequest, store: Store) -> Reader:
    """The rows, scanned as they came, or found by indexes that hold them all."""
    await remember_in(store)(*ROWS)
    if request.param == "indexed":
        for shard in range(SHARDS):
            await Upkeep(store).run(shard)
    return Reader(store, clock=lambda: NOW)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(selection=selections)
async def test_a_filter_finds_what_plain_python_finds(filled: Reader, selection: Selection) -> None:
    page = await filled.page(selection, limit=len(ROWS))
    assert {known.id for known in page.memories} == {known.id for known in ROWS if _meant(known, selection)}
    assert page.total == len(page.memories)
    assert {known.scope.owner for known in page.memories} <= {selection.owner}
