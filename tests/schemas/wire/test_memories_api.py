"""The Memories API's spelling: cursors that survive anything, confidences that mean what they show, errors in zod's shape."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.errors import BadInput, Conflict, MnemeError, NotFound, NotInTime, Problem, TooManyRequests, Unauthenticated
from schemas.memory import Memory
from schemas.receipt import Action, Receipt, ReceiptStatus, Verdict
from schemas.scope import Scope
from schemas.search import Condition, Not, conditions
from schemas.wire.memories_api.answers import created, listed, row
from schemas.wire.memories_api.cursor import read_cursor, write_cursor
from schemas.wire.memories_api.errors import owns, spell
from schemas.wire.memories_api.requests import AddRequest, EditRequest, ListRequest, edit_of, received, selection_of

NOW = datetime(2026, 3, 14, 8, 0, 0, 123456, UTC)
MEMORY = Memory(
    id="0190b3c4-0000-8000-8000-000000000001",
    scope=Scope(owner="acme", user="u1"),
    content="The user loves tea.",
    said_at=NOW,
    created_at=NOW,
    updated_at=NOW,
    accepted_at=NOW,
)


MOMENTS = st.integers(0, 7_000_000_000_000_000).map(lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us))


@given(MOMENTS, st.sampled_from([UTC, timezone(timedelta(hours=-9))]), st.uuids())
def test_a_cursor_leads_back_to_its_place_to_the_microsecond(moment, zone, uuid):
    assert read_cursor(write_cursor(replace(MEMORY, created_at=moment.astimezone(zone), id=str(uuid)))) == (moment, str(uuid))


@given(st.text() | st.text("ABCabc019-_=") | st.binary().map(lambda raw: raw.decode("latin-1")))
def test_no_string_breaks_the_reading_of_cursors(cursor):
    with pytest.raises(BadInput) as refused:
        read_cursor(cursor)
    assert refused.value.fields == {"cursor": ["Invalid cursor"]}


def test_an_answer_counts_what_was_made_and_nothing_else():
    made = [(Action.ADD, "a"), (Action.SUPERSEDE, "b"), (Action.UPDATE, "c"), (Action.MERGE, "d"), (Action.NONE, None), (Action.ADD, "a")]
    verdicts = tuple(Verdict(action=action, memory_id=memory_id) for action, memory_id in made)
    receipt = Receipt(
        event_id="e",
        owner="acme",
        kind="messages.received",
        status=ReceiptStatus.SUCCEEDED,
        verdicts=verdicts,
        created_at=NOW,
        updated_at=NOW,
    )
    answer = created(receipt, "acme", None)
    assert (answer["memories_created"], answer["memory_ids"], answer["user_id"]) == (2, ["a", "b"], None)


def test_a_row_has_seconds_two_decimals_and_null_for_no_metadata():
    shown = row(replace(MEMORY, confidence=0.9666, created_at=NOW.astimezone(timezone(timedelta(hours=2)))))
    assert (shown["created_at"], shown["confidence"], shown["metadata"], shown["end_user_id"]) == ("2026-03-14T08:00:00Z", 0.97, None, "u1")


def test_the_row_beyond_the_page_only_says_that_there_is_one():
    page = listed([MEMORY, replace(MEMORY, id="other")], 1)
    assert (page["count"], read_cursor(page["next_cursor"])) == (1, (NOW, MEMORY.id))


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_confidence_is_listed_if_the_number_shown_reaches_the_bound(confidence, bound):
    [condition] = conditions(selection_of(ListRequest(min_confidence=bound), "acme").where)
    listed_ = confidence >= condition.value
    shown = row(replace(MEMORY, confidence=confidence))["confidence"]
    if abs(confidence - condition.value) > 1e-9:  # at .005 sharp, floats round either way
        assert listed_ == (shown >= bound)


def test_self_is_whoever_has_no_end_user_and_a_name_is_that_user():
    assert selection_of(ListRequest(user_id="self"), "acme").where == Not(part=Condition(field="user", op="exists"))
    assert selection_of(ListRequest(user_id="u1"), "acme").where == Condition(field="user", value="u1")
    assert list(conditions(selection_of(ListRequest(user_id="all"), "acme").where)) == []
    assert list(conditions(selection_of(ListRequest(), "acme").where)) == []


def test_an_add_is_an_event_of_the_end_user_or_of_the_account():
    request = AddRequest.model_validate({"messages": [{"role": "user", "content": "Hi", "id": 7}], "user_id": "u1", "metadata": {"a": 1}})
    event = received(request, "acme", NOW)
    assert (event.scope, event.metadata, event.messages[0].content, event.infer) == (Scope(owner="acme", user="u1"), {"a": 1}, "Hi", True)
    assert received(request, "acme", NOW).id != event.id
    assert received(request, "acme", NOW, idempotency_key="k").id == received(request, "acme", NOW, idempotency_key="k").id
    assert received(request, "acme", NOW, idempotency_key="k").id != received(request, "evil", NOW, idempotency_key="k").id


def test_an_edit_clears_metadata_only_when_told_to():
    assert edit_of("m", EditRequest(content="x")).model_fields_set == {"memory_id", "content"}
    cleared = edit_of("m", EditRequest(metadata=None))
    assert ("metadata" in cleared.model_fields_set, cleared.metadata, cleared.content) == (True, None, None)


@pytest.mark.parametrize(
    ("error", "status", "body"),
    [
        (Unauthenticated("Missing API key"), 401, {"error": "Invalid API key"}),
        (TooManyRequests("Monthly API limit exceeded"), 429, {"error": "Monthly API limit exceeded"}),
        (NotFound("no memory 7"), 404, {"error": "Memory not found"}),
        (Conflict("it is immutable"), 409, {"error": "it is immutable"}),
        (NotInTime("not yet", event_id="e1"), 503, {"error": "not yet", "event_id": "e1"}),
        (MnemeError("Internal server error"), 500, {"error": "Internal server error"}),
        (BadInput("no JSON"), 400, {"error": "Invalid request payload", "details": {"formErrors": ["no JSON"], "fieldErrors": {}}}),
        (
            BadInput("x", fields={"cursor": ["Invalid cursor"]}),
            400,
            {"error": "Invalid request payload", "details": {"formErrors": [], "fieldErrors": {"cursor": ["Invalid cursor"]}}},
        ),
        (
            BadInput("x", problems=[Problem("missing", ("body", "messages"), "Field required"), Problem("x", ("body",), "No object")]),
            400,
            {"error": "Invalid request payload", "details": {"formErrors": ["No object"], "fieldErrors": {"messages": ["Required"]}}},
        ),
    ],
)
def test_errors_are_spelled_as_the_original_spells_them(error, status, body):
    assert spell(error)[:2] == (status, body)


def test_which_paths_it_owns():
    assert [owns(path) for path in ("/api/v1/memories", "/api/v1/memories/x", "/api/v1/memories2", "/api/v1/orgs", "/v1/memories")] == [
        *(True, True, False, False, False)
    ]
