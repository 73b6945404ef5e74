"""Mem0's adds, searches, lists, updates and deletions, read into our own words."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.errors import BadInput
from schemas.search import And, Condition, Filter, Or
from schemas.wire.mem0.changes import deletion_of, edit_of, entity_of, memory_id
from schemas.wire.mem0.questions import V1, V2, V3, query_of, selection_of
from schemas.wire.mem0.received import received
from schemas.wire.mem0.requests import AddRequest, ListRequest, SearchRequest, UpdateRequest

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
ID = "0190b3c4-0000-8000-8000-000000000001"


def add(messages: Any = "I like tea.", key: str | None = None, **fields: Any) -> Any:
    fields.setdefault("user_id", "alice")
    return received(AddRequest.model_validate({"messages": messages, **fields}), "acme", NOW, idempotency_key=key)


def user(name: str) -> Filter:
    return Condition(field="user", value=name)


@pytest.mark.parametrize(
    "messages",
    [
        "I like tea.",
        {"role": "user", "content": "I like tea."},
        [{"role": "user", "content": "I like tea."}],
        ["I like tea."],
        [{"content": "I like tea."}],
        [{"role": "user", "content": [{"type": "text", "text": "I like tea."}, {"type": "image_url", "image_url": {"url": "u"}}]}],
        [{"role": "user", "content": {"type": "image_url", "image_url": {"url": "u"}}}, {"role": "user", "content": "I like tea."}],
    ],
)
def test_messages_come_in_every_form_the_clients_know(messages: Any) -> None:
    assert [(m.role, m.content) for m in add(messages).messages] == [("user", "I like tea.")]


@pytest.mark.parametrize("messages", [[], "", "  ", {}, None, [{}], [""], [{"role": "user", "content": ""}], [{"role": "user"}]])
def test_nothing_said_is_refused(messages: Any) -> None:
    with pytest.raises(ValidationError, match="messages must not be empty"):
        AddRequest.model_validate({"messages": messages, "user_id": "alice"})


def test_content_without_text_leaves_nothing_and_is_no_error() -> None:
    assert add([{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "u"}}]}]).messages == ()


def test_word_for_word_only_user_and_assistant_count() -> None:
    said = [{"role": role, "content": role} for role in ("system", "user", "tool", "assistant")]
    assert [m.role for m in add(said, infer=False).messages] == ["user", "assistant"]
    assert [m.role for m in add(said).messages] == ["system", "user", "tool", "assistant"]


def test_an_add_carries_every_option_into_its_event() -> None:
    event = add(
        agent_id="bot",
        app_id="app",
        run_id=7,
        metadata={"topic": "tea"},
        timestamp=1_700_000_000,
        expiration_date="2026-12-31",
        immutable=True,
        includes="drinks",
        excludes="names",
        custom_categories=[{"drinks": "what they drink"}, {"food": "what they eat"}],
        custom_instructions="Be brief.",
        org_id="o",
        project_id="p",
        something_new=1,
    )
    assert (event.scope.owner, event.scope.user, event.scope.agent, event.scope.app, event.scope.run) == (
        "acme",
        "alice",
        "bot",
        "app",
        "7",
    )
    assert event.metadata == {"topic": "tea"}
    assert event.said_at == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert event.expires_at == datetime(2027, 1, 1, tzinfo=UTC)
    assert (event.immutable, event.includes, event.excludes, event.infer) == (True, "drinks", "names", True)
    assert event.categories == {"drinks": "what they drink", "food": "what they eat"}
    assert event.instructions == "Be brief."


def test_entity_ids_may_stand_in_filters() -> None:
    event = add(user_id=None, filters={"user_id": "alice", "agent_id": "bot"})
    assert (event.scope.user, event.scope.agent) == ("alice", "bot")


def test_instructions_for_agents_hold_where_there_is_no_user() -> None:
    both = {"custom_instructions": "A", "agent_custom_instructions": "B", "agent_id": "bot"}
    assert add(**both).instructions == "A"
    assert add(user_id=None, **both).instructions == "B"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"user_id": None}, "one of user_id, agent_id, app_id, run_id is required"),
        ({"user_id": "*"}, "user_id must not be '*'"),
        ({"filters": {"user_id": "bob"}}, "user_id differs"),
        ({"filters": {"categories": "x"}}, "filters of an add know only"),
        ({"filters": {"agent_id": {"in": ["a"]}}}, "agent_id must be a non-empty string"),
        ({"custom_categories": [{"drinks": 3}]}, "custom_categories takes a list"),
    ],
)
def test_an_add_that_is_not_clear_is_refused(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(BadInput) as caught:
        add(**fields)
    assert says in caught.value.message


@pytest.mark.parametrize(
    "fields",
    [
        {"custom_categories": ["drinks"]},
        {"metadata": "x"},
        {"timestamp": "soon"},
        {"timestamp": 1_700_000_000_000},
        {"expiration_date": "soon"},
        {"user_id": ""},
        {"user_id": ["a"]},
    ],
)
def test_an_option_of_the_wrong_kind_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        add(**fields)


def test_the_same_idempotency_key_is_the_same_event() -> None:
    assert add(key="k").id == add(key="k").id
    assert add(key="k").id != add(key="l").id
    assert add().id != add().id


def search(version: Any = V3, **fields: Any) -> Any:
    return query_of(SearchRequest.model_validate({"query": " tea? ", **fields}), "acme", version)


def test_a_search_is_asked_with_the_defaults_of_its_version() -> None:
    asked = search(filters={"user_id": "alice"})
    assert (asked.text, asked.limit, asked.threshold, asked.selection.owner) == ("tea?", 10, 0.1, "acme")
    assert asked.selection.where == user("alice")
    assert search(V2, user_id="alice").threshold == 0.3
    assert search(V1, user_id="alice", limit=3).limit == 3


def test_a_search_narrows_by_everything_that_is_given() -> None:
    asked = search(
        filters={"user_id": "alice"},
        agent_id="bot",
        categories=["drinks"],
        metadata={"topic": "tea"},
        top_k=5,
        threshold=0,
        show_expired=True,
        reference_date="2026-01-01",
    )
    rest = (
        Condition(field="agent", value="bot"),
        Condition(field="categories", op="in", value=("drinks",)),
        Condition(field="metadata.topic", value="tea"),
    )
    assert asked.selection.where == And(parts=(user("alice"), And(parts=rest)))
    assert (asked.limit, asked.threshold, asked.selection.show_expired) == (5, 0.0, True)
    assert asked.reference_at == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("version", "fields"),
    [
        (V3, {}),
        (V3, {"user_id": "alice"}),
        (V3, {"filters": {}}),
        (V2, {}),
        (V2, {"filters": {"categories": "x"}}),
        (V1, {"categories": ["x"]}),
    ],
)
def test_a_search_that_names_nobody_is_refused(version: Any, fields: dict[str, Any]) -> None:
    with pytest.raises(BadInput, match="filters"):
        search(version, **fields)


def test_a_blank_question_is_refused() -> None:
    with pytest.raises(BadInput, match="query must not be empty"):
        search(query="  ", filters={"user_id": "alice"})


def test_a_list_may_be_cut_by_date_category_and_word() -> None:
    asked = ListRequest.model_validate(
        {"user_id": "alice", "start_date": "2026-05-01", "end_date": "2026-05-31", "categories": ["x"], "keywords": "tea"}
    )
    where = selection_of(asked, "acme", V2).where
    assert isinstance(where, And)
    assert set(where.parts) == {
        user("alice"),
        And(
            parts=(
                Condition(field="said_at", op="gte", value="2026-05-01"),
                Condition(field="said_at", op="lte", value="2026-05-31"),
            )
        ),
        Condition(field="categories", op="in", value=("x",)),
        Condition(field="content", op="icontains", value="tea"),
    }


def test_an_update_changes_only_what_was_given_and_null_clears_the_expiration() -> None:
    edit = edit_of(ID.upper(), UpdateRequest.model_validate({"text": "Tea.", "metadata": None}))
    assert (edit.memory_id, edit.model_fields_set) == (ID, {"memory_id", "content"})
    cleared = edit_of(ID, UpdateRequest.model_validate({"expiration_date": None}))
    assert cleared.model_fields_set == {"memory_id", "expires_at"}
    assert cleared.expires_at is None
    dated = edit_of(ID, UpdateRequest.model_validate({"timestamp": "2026-01-01T00:00:00Z", "expiration_date": "2026-12-31"}))
    assert (dated.said_at, dated.expires_at) == (datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("body", [{}, {"text": None}, {"text": " "}, {"unknown": 1}])
def test_an_update_of_nothing_is_refused(body: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        edit_of(ID, UpdateRequest.model_validate(body))


def test_an_id_that_is_no_uuid_is_refused() -> None:
    with pytest.raises(BadInput, match="must be a UUID"):
        memory_id("nonexistent-memory-id-12345")


@pytest.mark.parametrize(
    ("params", "meant"),
    [
        ([("user_id", "alice")], user("alice")),
        ([("user_id", "alice"), ("org_id", "o"), ("project_id", "p")], user("alice")),
        ([("user_id", "*")], Condition(field="user", op="exists")),
        ([(f"{kind}_id", "*") for kind in ("user", "agent", "app", "run")], And()),
        ([("filters", "{'user_id': 'alice'}")], user("alice")),
        ([("filters", "{'OR': [{'user_id': 'alice'}, {'user_id': 'bob'}]}")], Or(parts=(user("alice"), user("bob")))),
        ([("user_id", "alice"), ("metadata", "{'k': 'v'}")], And(parts=(user("alice"), Condition(field="metadata.k", value="v")))),
    ],
)
def test_delete_all_takes_what_its_parameters_name(params: list[tuple[str, str]], meant: Filter) -> None:
    assert deletion_of(params) == meant


@pytest.mark.parametrize(
    "params",
    [
        [],
        [("org_id", "o")],
        [("user_id", "")],
        [("user_id", "a"), ("user_id", "b")],
        [("user_id", "a"), ("categories", "x")],
        [("filters", "[object Object]")],
        [("filters", "{}")],
        [("filters", "{'NOT': [{'user_id': 'alice'}]}")],
        [("metadata", "{'k': 'v'}")],
    ],
)
def test_delete_all_that_can_be_misread_wipes_nothing(params: list[tuple[str, str]]) -> None:
    with pytest.raises(BadInput):
        deletion_of(params)


def test_an_entity_is_deleted_by_type_and_name() -> None:
    assert entity_of("run", "r/1") == Condition(field="run", value="r/1")
    for kind, name in (("project", "x"), ("user", "")):
        with pytest.raises(BadInput):
            entity_of(kind, name)
