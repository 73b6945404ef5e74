"""Mem0's filters: what each form selects, and what is refused rather than guessed."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.store.filters import NOTHING, selection_filter
from schemas.errors import BadInput
from schemas.search import And, Condition, Filter, Not, Or, Selection, both
from schemas.wire.mem0.filters import parse_filters, parse_literal, scopes


def has(field: str, op: str = "eq", value: object = None) -> Filter:
    return Condition.model_validate({"field": field, "op": op, "value": value})


ALICE = has("user", "eq", "alice")
READ = [
    ({"user_id": "alice"}, ALICE),
    ({"user_id": 42}, has("user", "eq", "42")),
    ({"user_id": "*"}, has("user", "exists")),
    ({"user_id": {"ne": "*"}}, Not(part=has("user", "exists"))),
    ({"run_id": None}, Not(part=has("run", "exists"))),
    ({"run_id": {"ne": None}}, has("run", "exists")),
    ({"user_id": {"in": ["alice", "bob"]}}, has("user", "in", ("alice", "bob"))),
    ({"user_id": ["alice", "bob"]}, has("user", "in", ("alice", "bob"))),
    ({"user_id": {"in": ["alice", "*"]}}, has("user", "exists")),
    ({"user_id": {"in": []}}, Or(parts=())),
    ({"user_id": {"ne": "bob"}}, has("user", "ne", "bob")),
    ({"user_id": "alice", "agent_id": "a"}, And(parts=(ALICE, has("agent", "eq", "a")))),
    ({"AND": [{"user_id": "alice"}, {"app_id": "x"}]}, And(parts=(ALICE, has("app", "eq", "x")))),
    ({"OR": [{"user_id": "alice"}, {"run_id": "r"}]}, Or(parts=(ALICE, has("run", "eq", "r")))),
    ({"NOT": {"user_id": "alice"}}, Not(part=Or(parts=(ALICE,)))),
    ({"NOT": [{"user_id": "alice"}, {"run_id": "r"}]}, Not(part=Or(parts=(ALICE, has("run", "eq", "r"))))),
    ({"OR": [{"user_id": "alice"}], "app_id": "x"}, And(parts=(Or(parts=(ALICE,)), has("app", "eq", "x")))),
    ({"categories": {"in": ["food"]}}, has("categories", "in", ("food",))),
    ({"categories": {"contains": "food"}}, has("categories", "contains", "food")),
    ({"categories": "food"}, has("categories", "contains", "food")),
    ({"keywords": {"contains": "Tea"}}, has("content", "contains", "Tea")),
    ({"keywords": {"icontains": "tea"}}, has("content", "icontains", "tea")),
    ({"keywords": "tea"}, has("content", "icontains", "tea")),
    ({"memory_ids": ["A1", "b2"]}, has("id", "in", ("a1", "b2"))),
    ({"memory_ids": {"in": ["a1"]}}, has("id", "in", ("a1",))),
    ({"metadata": {"topic": "tea"}}, has("metadata.topic", "eq", "tea")),
    ({"metadata": {"n": 3, "ok": True}}, And(parts=(has("metadata.n", "eq", 3), has("metadata.ok", "eq", True)))),
    ({"metadata": {"topic": {"ne": "tea"}}}, has("metadata.topic", "ne", "tea")),
    ({"metadata": {"contains": {"topic": "tea"}}}, has("metadata.topic", "eq", "tea")),
    ({"metadata": {"ne": {"topic": "tea"}}}, Not(part=has("metadata.topic", "eq", "tea"))),
    ({"metadata": {"contains": "tea"}}, has("metadata.contains", "eq", "tea")),
]
TIMES = [
    ({"created_at": {"gte": "2026-05-01"}}, has("said_at", "gte", "2026-05-01")),
    ({"created_at": {"gt": "2026-05-01"}}, has("said_at", "gt", "2026-05-01")),
    ({"created_at": " 2026-05-01 "}, has("said_at", "eq", "2026-05-01")),
    ({"timestamp": {"lt": 1_700_000_000}}, has("said_at", "lt", "2023-11-14T22:13:20+00:00")),
    ({"updated_at": {"gt": "2026-05-01T10:00:00+02:00"}}, has("updated_at", "gt", "2026-05-01T08:00:00+00:00")),
    ({"updated_at": "2026-05-01T10:00:00Z"}, has("updated_at", "eq", "2026-05-01T10:00:00+00:00")),
    ({"expiration_date": {"lte": "2026-05-01"}}, has("expires_at", "lte", "2026-05-02T00:00:00+00:00")),
    ({"expiration_date": "9999-12-31"}, has("expires_at", "eq", "9999-12-31T23:59:59.999999+00:00")),
    ({"expiration_date": None}, Not(part=has("expires_at", "exists"))),
]
REFUSED = [
    (None, "non-empty object"),
    ({}, "non-empty object"),
    ([], "non-empty object"),
    ({"user": "alice"}, "do not know 'user'; allowed are AND, OR, NOT, user_id, agent_id"),
    ({"and": [{"user_id": "a"}]}, "do not know 'and'"),
    ({"AND": {"user_id": "a"}}, "AND takes a non-empty list"),
    ({"OR": []}, "OR takes a non-empty list"),
    ({"user_id": {">=": "a"}}, "user_id does not know the operator '>='; allowed are eq, ne, in"),
    ({"user_id": {}}, "does not know the operator"),
    ({"user_id": ""}, "user_id must be a non-empty string"),
    ({"user_id": True}, "user_id must be a non-empty string"),
    ({"user_id": {"in": "alice"}}, "user_id wants a list after 'in'"),
    ({"user_id": {"in": [None]}}, "user_id must be a non-empty string"),
    ({"created_at": {"eq": "2026-05-01"}}, "allowed are gt, gte, lt, lte, ne, in"),
    ({"created_at": {"gt": "soon"}}, "created_at must be seconds since 1970 or an ISO 8601 time"),
    ({"created_at": {"gt": 1e30}}, "created_at must be"),
    ({"expiration_date": {"gt": None}}, "expiration_date must be a date"),
    ({"categories": {"nin": ["a"]}}, "categories does not know the operator 'nin'"),
    ({"keywords": ["a"]}, "keywords takes text"),
    ({"memory_ids": {"eq": "a"}}, "memory_ids does not know"),
    ({"metadata": "x"}, "metadata takes an object"),
    ({"metadata": {"n": {"gt": 3}}}, "metadata.n takes a plain value or the operators eq, ne, contains"),
    ({"metadata": {"n": [1]}}, "metadata.n must be compared with"),
    ({"metadata": {"n": float("nan")}}, "metadata.n must be compared with"),
]


@pytest.mark.parametrize(("filters", "meant"), READ + TIMES)
def test_each_form_of_a_filter_means_what_the_grammar_says(filters: object, meant: Filter) -> None:
    assert parse_filters(filters) == meant


def test_a_date_among_others_stays_a_date_which_stands_for_its_whole_day() -> None:
    day = has("said_at", "eq", "2026-05-01")
    assert parse_filters({"created_at": {"in": ["2026-05-01"]}}) == Or(parts=(day,))


@pytest.mark.parametrize(("filters", "says"), REFUSED)
def test_what_is_outside_the_grammar_is_refused_with_what_would_be_right(filters: object, says: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse_filters(filters)
    assert says in caught.value.message
    assert caught.value.fields == {"filters": [caught.value.message]}


def nested(depth: int) -> dict[str, object]:
    return {"NOT": nested(depth - 1)} if depth else {"user_id": "alice"}


@pytest.mark.parametrize("filters", [nested(10), nested(400), {"OR": [{"user_id": "alice"}] * 200}])
def test_filters_have_a_bound(filters: object) -> None:
    with pytest.raises(BadInput, match="nested"):
        parse_filters(filters)


@pytest.mark.parametrize("filters", [nested(4), {"OR": [{"user_id": "alice"}] * 150}])
def test_the_store_takes_the_largest_filters_we_let_through(filters: object) -> None:
    selection = Selection(owner="acme", where=both(parse_filters(filters), has("app", "eq", "x")))
    assert selection_filter(selection, datetime(2026, 5, 1, tzinfo=UTC)) != NOTHING


@pytest.mark.parametrize(
    ("filters", "scoped"),
    [
        ({"user_id": "alice"}, True),
        ({"user_id": "*"}, True),
        ({"user_id": {"ne": "bob"}}, False),
        ({"run_id": None}, False),
        ({"NOT": {"user_id": "bob"}}, False),
        ({"categories": "food"}, False),
        ({"memory_ids": ["a"]}, False),
        ({"AND": [{"categories": "food"}, {"app_id": "x"}]}, True),
        ({"OR": [{"categories": "food"}, {"app_id": "x"}]}, False),
        ({"OR": [{"user_id": "a"}, {"app_id": "x"}]}, True),
    ],
)
def test_only_a_filter_that_names_an_entity_on_every_way_scopes(filters: object, scoped: bool) -> None:
    assert scopes(parse_filters(filters)) is scoped


@pytest.mark.parametrize("text", ["{'user_id': 'alice'}", '{"user_id": "alice"}'])
def test_a_dict_in_a_query_parameter_is_read_as_python_or_as_json(text: str) -> None:
    assert parse_literal(text) == {"user_id": "alice"}


@pytest.mark.parametrize(
    "text", ["", "[object Object]", "['a']", "{1: 2}", "__import__('os')", "{" * 5_000, "{'a': " + "'x'" * 20_000 + "}"]
)
def test_a_query_parameter_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="filters must be an object"):
        parse_literal(text)


_leaf = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["*", "2026-05-01", "alice"])
_keys = st.sampled_from(["AND", "OR", "NOT", "user_id", "created_at", "metadata", "in", "ne", "gte", "contains", "memory_ids", "keywords"])
_json = st.recursive(_leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys | st.text(max_size=5), inner, max_size=3))


@settings(deadline=None)
@given(_json)
def test_whatever_is_sent_is_either_read_or_refused(filters: object) -> None:
    with suppress(BadInput):
        assert scopes(parse_filters(filters)) in (True, False)
