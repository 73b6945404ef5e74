"""Filters: what each field and operator finds, and that no text is ever taken for syntax."""

from datetime import UTC, datetime, timedelta

import pytest
from store_rows import NOW, Remember, having, memory, of

from core.store.conditions import CONDITIONS_MAX, DEPTH_MAX, NUMBER_MAX, VALUES_MAX, as_sql
from core.store.filters import NOTHING, confined_filter, selection_filter
from core.store.reader import Reader
from schemas.errors import BadInput
from schemas.memory import MemoryState, MemoryType
from schemas.search import And, Condition, Filter, Not, Or, Selection

NASTY = [
    "' OR 1=1 --",
    "'; DROP TABLE memories_00; --",
    "\\' OR 1=1 --",
    "\\'' OR 1=1 --",
    "''' OR 1=1 --",
    "''",
    "'",
    '"',
    "`",
    "\\",
    "\\'",
    "\\''",
    "a\\nb",
    "a\nb",
    "nul\0l",
    "%",
    "_",
    "*",
    "x'y\"z`",
    "😀",
    "Straße",
    "東京",
    "{}[]()$^|?+.",
    "null",
    "true",
    "",
    "  ",
    "x" * 20_000,
]


def has(field: str, op: str = "eq", value: object = None) -> Condition:
    return Condition.model_validate({"field": field, "op": op, "value": value})


async def found(reader: Reader, where: Filter, **fields: object) -> set[str]:
    page = await reader.page(having(where, **fields), limit=1_000)
    assert page.total == len(page.memories)
    return {known.content for known in page.memories}


@pytest.mark.parametrize("field", ["user", "agent", "app", "run", "content", "tags", "categories", "metadata.key"])
async def test_any_text_is_found_as_itself_and_only_that(reader: Reader, remember: Remember, field: str) -> None:
    def holding(text: str) -> dict[str, object]:
        if field in ("tags", "categories"):
            return {field: (text,)}
        return {"metadata": {"key": text}} if field == "metadata.key" else {field: text}

    rows = [memory(**{"content": repr(text)} | {"run": "r"} | holding(text)) for text in NASTY if text or field != "user"]
    await remember(
        *rows, memory("another owner's", owner="' OR 1=1 --", **{"run": "r"} | {k: v for k, v in holding("%").items() if k != "content"})
    )
    for row, text in zip(rows, [text for text in NASTY if text or field != "user"], strict=True):
        assert await found(reader, has(field, "eq", text)) == {row.content}, text[:30]
        assert await found(reader, has(field, "in", [text, "never"])) == {row.content}, text[:30]


async def test_a_metadata_key_may_be_any_text(reader: Reader, remember: Remember) -> None:
    keys = [text for text in NASTY if text and len(text) < 500]
    await remember(*(memory(repr(key), metadata={key: 7}) for key in keys))
    for key in keys:
        assert await found(reader, has(f"metadata.{key}", "eq", 7)) == {repr(key)}
        assert await found(reader, has(f"metadata.{key}", "exists")) == {repr(key)}


async def test_metadata_that_looks_like_other_metadata_is_not_it(reader: Reader, remember: Remember) -> None:
    await remember(memory("deep", metadata={"a": '"b"="c"', 'x"="y': 1, "n": {"k": "v"}}), memory("plain", metadata={"k": "v"}))
    assert await found(reader, has("metadata.b", "eq", "c")) == set()
    assert await found(reader, has("metadata.x", "exists")) == set()
    assert await found(reader, has("metadata.k", "eq", "v")) == {"plain"}


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("eq", 1, {"one", "one as a float"}),
        ("eq", 1.0, {"one", "one as a float"}),
        ("eq", True, {"true"}),
        ("eq", "1", {"text"}),
        ("eq", None, {"null", "absent"}),
        ("ne", None, {"one", "one as a float", "true", "text", "list", "huge", "sentence"}),
        ("ne", 1, {"true", "text", "null", "absent", "list", "huge", "sentence"}),
        ("in", [1, True], {"one", "one as a float", "true"}),
        ("eq", ["a", 'b"'], {"list"}),
        ("contains", 'b"', {"list"}),
        ("contains", 2, set()),
        ("icontains", "A", {"list", "sentence"}),
        ("eq", 2**80, {"huge"}),
        ("contains", "Day\n", {"sentence"}),
        ("contains", "\\n", set()),
        ("icontains", "A DAY", {"sentence"}),
        ("contains", "A DAY", set()),
        ("exists", None, {"one", "one as a float", "true", "text", "list", "huge", "sentence"}),
    ],
)
async def test_metadata_values_keep_their_types(reader: Reader, remember: Remember, op: str, value: object, expected: set[str]) -> None:
    values = {"one": 1, "one as a float": 1.0, "true": True, "text": "1", "null": None, "list": ["a", 'b"'], "huge": 2**80}
    rows = [memory(name, metadata={"k": held}) for name, held in {**values, "sentence": "what a Day\nit was"}.items()]
    await remember(*rows, memory("absent", metadata={"other": 1}))
    assert await found(reader, has("metadata.k", op, value)) == expected


@pytest.mark.parametrize(
    ("op", "value", "expected"),
    [
        ("eq", "2026-05-02", {"midnight", "noon", "last"}),
        ("ne", "2026-05-02", {"before", "after"}),
        ("gt", "2026-05-02", {"after"}),
        ("gte", "2026-05-02", {"midnight", "noon", "last", "after"}),
        ("lt", "2026-05-02", {"before"}),
        ("lte", "2026-05-02", {"before", "midnight", "noon", "last"}),
        ("eq", "2026-05-02T12:00:00Z", {"noon"}),
        ("eq", "2026-05-02T14:00:00+02:00", {"noon"}),
        ("eq", "2026-05-02T12:00:00", {"noon"}),
        ("gt", "2026-05-02T12:00:00Z", {"last", "after"}),
        ("lte", "2026-05-02T12:00:00Z", {"before", "midnight", "noon"}),
        ("in", ["2026-05-01", "2026-05-03"], {"before", "after"}),
        ("lt", "0001-01-01", set()),
        ("lt", "9999-12-31", {"before", "midnight", "noon", "last", "after"}),
        ("exists", None, {"before", "midnight", "noon", "last", "after"}),
    ],
)
async def test_a_bare_date_is_the_whole_day(reader: Reader, remember: Remember, op: str, value: object, expected: set[str]) -> None:
    day = datetime(2026, 5, 2, tzinfo=UTC)
    moments = {"midnight": day, "noon": day.replace(hour=12), "after": day + timedelta(days=1)}
    moments |= {"before": day - timedelta(microseconds=1), "last": day + timedelta(days=1, microseconds=-1)}
    await remember(*(memory(name, created_at=moment) for name, moment in moments.items()))
    assert await found(reader, has("created_at", op, value)) == expected


async def test_not_equal_also_means_absent(reader: Reader, remember: Remember) -> None:
    await remember(memory("a", run="a"), memory("b", run="b"), memory("none"))
    assert await found(reader, has("run", "ne", "a")) == {"b", "none"}
    assert await found(reader, Not(part=has("run", "eq", "a"))) == {"b", "none"}
    assert await found(reader, Not(part=Not(part=has("run", "eq", "a")))) == {"a"}
    assert await found(reader, has("run", "eq", None)) == {"none"}
    assert await found(reader, has("run", "exists")) == {"a", "b"}
    assert await found(reader, Not(part=has("run", "in", ["a", "b"]))) == {"none"}


async def test_lists_are_asked_for_their_elements(reader: Reader, remember: Remember) -> None:
    await remember(memory("both", tags=("x", "y")), memory("one", tags=("y",)), memory("none"))
    assert await found(reader, has("tags", "contains", "x")) == {"both"}
    assert await found(reader, has("tags", "in", ["x", "y"])) == {"both", "one"}
    assert await found(reader, has("tags", "ne", "x")) == {"one", "none"}
    assert await found(reader, has("tags", "exists")) == {"both", "one"}
    assert await found(reader, has("tags", "eq", None)) == {"none"}


async def test_numbers_types_and_states(reader: Reader, remember: Remember) -> None:
    await remember(
        memory("sure", confidence=0.9, type=MemoryType.GOAL),
        memory("unsure", confidence=0.1),
        memory("old", state=MemoryState.ARCHIVED, confidence=0.9),
    )
    assert await found(reader, has("confidence", "gte", 0.9)) == {"sure"}
    assert await found(reader, has("confidence", "eq", 0.1)) == {"unsure"}
    assert await found(reader, has("confidence", "lt", 1)) == {"sure", "unsure"}
    assert await found(reader, has("type", "eq", "goal")) == {"sure"}
    both = (MemoryState.ACTIVE, MemoryState.ARCHIVED)
    assert await found(reader, has("confidence", "in", [0.9, 5]), states=both) == {"sure", "old"}
    assert await found(reader, has("state", "eq", "archived"), states=both) == {"old"}


async def test_content_is_searched_with_and_without_case(reader: Reader, remember: Remember) -> None:
    await remember(memory("100% Élan_"), memory("other"))
    assert await found(reader, has("content", "contains", "0% É")) == {"100% Élan_"}
    assert await found(reader, has("content", "contains", "élan")) == set()
    assert await found(reader, has("content", "icontains", "éLAN_")) == {"100% Élan_"}
    assert await found(reader, has("content", "contains", "_%")) == set()


async def test_what_has_expired_is_left_out_unless_asked_for(reader: Reader, remember: Remember) -> None:
    at = {"past": NOW - timedelta(seconds=1), "this instant": NOW, "future": NOW + timedelta(seconds=1), "never": None}
    await remember(*(memory(name, expires_at=moment) for name, moment in at.items()))
    assert await found(reader, And()) == {"future", "never"}
    assert await found(reader, And(), show_expired=True) == set(at)


async def test_a_required_user_holds_beside_everything_else_the_filter_asks(reader: Reader, remember: Remember) -> None:
    await remember(memory("ann's", run="r"), memory("bob's", user="bob", run="r"), memory("ann's other"))
    ann, run = has("user", "eq", "ann"), has("run", "eq", "r")
    assert await found(reader, And(parts=(ann, run))) == {"ann's"}
    assert await found(reader, And(parts=(run, And(parts=(has("user", "in", ["ann", "bob"]), ann))))) == {"ann's"}
    assert await found(reader, And(parts=(ann, has("user", "eq", "bob")))) == set()
    assert await found(reader, And(parts=(ann, has("user", "eq", None)))) == set()
    assert await found(reader, And(parts=(ann, has("user", "ne", "ann")))) == set()
    assert await found(reader, And(parts=(ann, Not(part=ann)))) == set()
    assert await found(reader, Or(parts=(And(parts=(ann, run)), has("user", "eq", "bob")))) == {"ann's", "bob's"}
    assert await found(reader, Or(parts=())) == set()


@pytest.mark.parametrize("selection", [Selection(owner=""), of("ann", owner=""), of("ann", states=())])
def test_without_an_owner_or_a_state_nothing_is_meant(selection: Selection) -> None:
    assert selection_filter(selection, NOW) == NOTHING


USER = Condition(field="user", value="ann")


@pytest.mark.parametrize("where", [USER, And(parts=(USER,)), And(parts=(And(parts=(USER,)), And())), And(parts=(USER, USER))])
def test_of_a_user_alone_no_more_is_asked_than_indexes_tell(where: Filter) -> None:
    """However it is nested: where anything is left to ask, a "true" too, each row of the user is looked at."""
    assert confined_filter(having(where)) == confined_filter(having(USER))
    assert confined_filter(having(USER)).count(" AND ") == 1


def test_what_is_asked_beside_a_user_is_asked() -> None:
    run, others = Condition(field="run", value="r"), Not(part=Condition(field="user", value="bob"))
    where = And(parts=(USER, And(parts=(run, And(parts=(USER,)))), others))
    assert confined_filter(having(where)).endswith(f"AND ({as_sql(And(parts=(run,)))} AND {as_sql(others)})")


def test_every_filter_begins_with_the_owner() -> None:
    assert selection_filter(Selection(owner="o'x", where=Or(parts=(has("run"),))), NOW).startswith("owner = 'o''x' AND ")


@pytest.mark.parametrize(
    "where",
    [
        has("owner", "eq", "other"),
        has("subject", "eq", "x"),
        has("1=1 --", "eq", "x"),
        has("metadata.", "eq", 1),
        has("metadata." + "k" * 2_000, "eq", 1),
        has("user", "gt", "a"),
        has("user", "eq", 5),
        has("user", "in", ["a", None]),
        has("user", "in", ["a", 1]),
        has("user", "in", "ann"),
        has("user", "in", ["x"] * (VALUES_MAX + 1)),
        has("tags", "icontains", "x"),
        has("confidence", "contains", "1"),
        has("confidence", "eq", True),
        has("confidence", "gt", float("nan")),
        has("confidence", "gt", 10**400),
        has("confidence", "gt", NUMBER_MAX * 10),
        has("created_at", "eq", "yesterday"),
        has("created_at", "eq", "2026-13-01"),
        has("created_at", "gt", 1_700_000_000),
        has("created_at", "gt", None),
        has("created_at", "contains", "2026"),
        has("metadata.k", "gt", 1),
        has("metadata.k", "contains", "x" * 501),
        has("content", "contains", "x" * 70_000),
        Or(parts=(has("run", "eq", "x"),) * (CONDITIONS_MAX + 1)),
    ],
)
def test_what_a_filter_may_not_say_is_refused(where: Filter) -> None:
    with pytest.raises(BadInput) as refused:
        selection_filter(having(And(parts=(has("user", "eq", "ann"), where))), NOW)
    assert refused.value.fields["filters"]


async def test_the_deepest_filter_we_take_is_one_the_engine_takes(reader: Reader, remember: Remember) -> None:
    await remember(memory("here", run="r", metadata={"k": "text"}))
    for leaf in (
        has("run", "eq", "r"),
        has("metadata.k", "icontains", "TEXT"),
        has("metadata.k", "ne", None),
        has("created_at", "eq", "2026-05-17"),
    ):
        deep: Filter = leaf
        for level in range(DEPTH_MAX):
            deep = Not(part=deep) if level % 2 == 0 else Or(parts=(deep, Or(parts=())))
        assert await found(reader, deep) == {"here"}
        with pytest.raises(BadInput):
            await found(reader, Not(part=deep))


async def test_the_widest_filter_we_take_is_one_the_engine_takes(reader: Reader, remember: Remember) -> None:
    await remember(memory("here", run="r"))
    wide = Or(
        parts=(
            *(has("run", "eq", f"r{n}") for n in range(CONDITIONS_MAX - 1)),
            has("run", "in", ["r", *["x" * 60] * (VALUES_MAX - 1)]),
        )
    )
    assert await found(reader, wide) == {"here"}


async def test_half_a_surrogate_pair_breaks_nothing(reader: Reader, remember: Remember) -> None:
    await remember(memory("half \ud800", run="\ud800", metadata={"k\udc00": "\ud800"}))
    page = await reader.page(having(has("run", "eq", "\ud800")))
    assert [known.metadata for known in page.memories] == [{"k\udc00": "\ud800"}]
    assert await found(reader, has("metadata.k\udc00", "eq", "\ud800")) == {"half \ufffd"}
