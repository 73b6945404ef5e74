"""Mem0's answers: the fields its clients read, whatever became of the question."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.errors import BadInput, MnemeError, NotInTime, TooManyRequests, Unauthenticated
from schemas.memory import Change, ChangeKind, Memory, MemoryState
from schemas.receipt import Action, Receipt, ReceiptStatus, Verdict
from schemas.scope import Scope
from schemas.search import Entity, Hit
from schemas.wire.mem0.answers import Accepted, Added, accepted, added_v1, deleted
from schemas.wire.mem0.dates import expiration_date, expires_at
from schemas.wire.mem0.entity import EntityObject, entity_object, totals
from schemas.wire.mem0.errors import spell
from schemas.wire.mem0.event import EventObject, event_object
from schemas.wire.mem0.history import HistoryLine, history_line
from schemas.wire.mem0.memory import FoundMemory, MemoryObject, found_memory, memory_object
from schemas.wire.mem0.page import Paging

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
SCOPE = Scope(owner="acme", user="alice", run="r1")
MEMORY = Memory(
    id="m1",
    scope=SCOPE,
    content="The user likes tea.",
    said_at=NOW - timedelta(days=9),
    created_at=NOW,
    updated_at=NOW,
    accepted_at=NOW,
    expires_at=datetime(2026, 6, 1, tzinfo=UTC),
    metadata={"topic": "tea"},
    categories=("drinks",),
    state=MemoryState.SUPERSEDED,
    superseded_by="m2",
)


def receipt(*verdicts: Verdict, status: ReceiptStatus = ReceiptStatus.SUCCEEDED, kind: str = "messages.received") -> Receipt:
    done = NOW + timedelta(milliseconds=250) if status.closed else None
    return Receipt(
        event_id="e1",
        owner="acme",
        kind=kind,
        status=status,
        verdicts=verdicts,
        created_at=NOW,
        updated_at=NOW,
        started_at=NOW,
        completed_at=done,
    )


def test_a_memory_shows_when_it_was_said_and_the_last_day_it_counts() -> None:
    shown = MemoryObject.model_validate(memory_object(MEMORY)).model_dump()
    assert (shown["memory"], shown["user_id"], shown["agent_id"]) == ("The user likes tea.", "alice", None)
    assert shown["run_id"] == shown["session_id"] == "r1"
    assert (shown["created_at"], shown["updated_at"]) == ("2026-04-22T12:00:00+00:00", "2026-05-01T12:00:00+00:00")
    assert shown["expiration_date"] == "2026-05-31"
    assert (shown["metadata"], shown["categories"]) == ({"topic": "tea"}, ["drinks"])
    assert (shown["lifecycle_state"], shown["replaced_by"]) == ("superseded", "m2")


@settings(deadline=None)
@given(st.dates())
def test_an_expiration_date_reads_back_as_it_was_written(day: date) -> None:
    assert expiration_date(expires_at(day.isoformat())) == day.isoformat()


def test_a_found_memory_carries_its_score_and_its_parts_or_only_the_fields_asked_for() -> None:
    hit = Hit(memory=MEMORY, score=0.8, similarity=0.7, lexical=0.2)
    found = FoundMemory.model_validate(found_memory(hit))
    assert (found.score, found.score_breakdown.similarity) == (0.8, 0.7)
    assert found_memory(hit, ["memory"]) == {"id": "m1", "memory": "The user likes tea.", "score": 0.8}


ADD = Verdict(action=Action.ADD, text="A", memory_id="a", reason="new")
NONE = Verdict(action=Action.NONE, text="Hello.", reason="a greeting")


def test_an_add_on_its_way_answers_with_its_event() -> None:
    pending = receipt(status=ReceiptStatus.PENDING)
    assert Accepted.model_validate(accepted(pending)).status == "PENDING"
    assert "results" not in accepted(pending)
    (row,) = added_v1(pending, None)
    assert (row["status"], row["event_id"]) == ("PENDING", "e1")
    assert Added.model_validate(added_v1(pending, "v1.1")).relations == []


def test_an_add_that_is_done_answers_with_what_was_remembered() -> None:
    rows = [{"id": "a", "data": {"memory": "A"}, "event": "ADD"}]
    assert added_v1(receipt(ADD, NONE), None) == rows
    assert added_v1(receipt(ADD, NONE), "v1.1") == {"results": rows, "relations": []}
    assert accepted(receipt(ADD))["results"] == rows
    assert added_v1(receipt(NONE), None) == []


def test_an_add_that_nobody_waits_for_answers_with_its_event_even_when_it_is_done() -> None:
    (row,) = added_v1(receipt(ADD), None, awaited=False)
    assert Accepted.model_validate(row).status == "SUCCEEDED"


def test_a_correction_is_one_memory_that_appeared_and_each_corrected_one_gone() -> None:
    corrections = [
        Verdict(action=Action.SUPERSEDE, text="New.", memory_id="n", previous_id=old, previous_text=f"Old {old}.") for old in ("o1", "o2")
    ]
    assert event_object(receipt(*corrections))["results"] == [
        {"id": "n", "data": {"memory": "New."}, "event": "ADD"},
        {"id": "o1", "data": {"memory": "Old o1."}, "event": "DELETE"},
        {"id": "o2", "data": {"memory": "Old o2."}, "event": "DELETE"},
    ]


@pytest.mark.parametrize(
    ("action", "event"), [(Action.UPDATE, "UPDATE"), (Action.MERGE, "UPDATE"), (Action.DELETE, "DELETE"), (Action.ADD, "ADD")]
)
def test_each_outcome_is_spelled_in_mem0s_three_words(action: Action, event: str) -> None:
    verdict = Verdict(action=action, text="T", memory_id="m")
    assert event_object(receipt(verdict))["results"] == [{"id": "m", "data": {"memory": "T"}, "event": event}]


def test_an_event_tells_what_became_of_every_candidate_fact_and_why() -> None:
    event = EventObject.model_validate(event_object(receipt(ADD, NONE)))
    assert (event.event_type, event.status, event.latency) == ("ADD", "SUCCEEDED", 250)
    assert [(v.action, v.reason) for v in event.verdicts] == [("ADD", "new"), ("NONE", "a greeting")]
    assert EventObject.model_validate(event_object(receipt(status=ReceiptStatus.RUNNING, kind="memories.forgotten"))).completed_at is None


def test_only_memories_that_went_count_as_deleted() -> None:
    gone = Verdict(action=Action.DELETE, memory_id="a")
    assert deleted([receipt(gone, Verdict(action=Action.NONE, memory_id="b"))]) == {"a"}


@pytest.mark.parametrize(("kind", "event"), [("ADD", "ADD"), ("UPDATE", "UPDATE"), ("SUPERSEDE", "DELETE"), ("DELETE", "DELETE")])
def test_history_says_what_changed_and_when(kind: str, event: str) -> None:
    change = Change(
        id="c",
        memory_id="m1",
        scope=SCOPE,
        kind=ChangeKind(kind),
        old_content=None,
        new_content="The user likes tea.",
        reason="new",
        event_id="e1",
        at=NOW,
        input=(("user", "I like tea."),),
    )
    line = HistoryLine.model_validate(history_line(change))
    assert (line.event, line.old_memory, line.new_memory, line.user_id) == (event, None, "The user likes tea.", "alice")
    assert line.input == [{"role": "user", "content": "I like tea."}]
    assert datetime.fromisoformat(line.updated_at) == NOW


def test_entities_have_a_number_of_their_own_that_javascript_can_hold() -> None:
    alice, bot = (Entity(kind=kind, name="alice", total=2, created_at=NOW, updated_at=NOW) for kind in ("user", "agent"))
    shown = EntityObject.model_validate(entity_object(alice, "acme"))
    assert (shown.type, shown.name, shown.total_memories) == ("user", "alice", 2)
    assert int(shown.id) < 2**53
    assert shown.id != entity_object(bot, "acme")["id"]
    assert totals([alice, bot]) == {"total_users": 1, "total_agents": 1, "total_apps": 0, "total_runs": 0}


def test_pages_link_to_their_neighbours() -> None:
    url = "http://host:1/v3/memories?page=2&page_size=2&source=x"
    middle = Paging.of(2, 2).envelope([{}, {}], 5, url)
    assert middle["next"] == "http://host:1/v3/memories/?page=3&page_size=2&source=x"
    assert middle["previous"] == "http://host:1/v3/memories/?page=1&page_size=2&source=x"
    assert Paging.of(3, 2).envelope([{}], 5, url)["next"] is None
    assert Paging.of(None, None).envelope([], 0, url) == {"count": 0, "next": None, "previous": None, "results": []}
    assert Paging.of(1, 1000).size == 200


@pytest.mark.parametrize("asked", [{"page": 0, "size": None}, {"page": 1, "size": -1}, {"page": 10**30, "size": None}])
def test_a_page_that_cannot_be_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        Paging.of(**asked)


def test_errors_carry_the_message_under_every_key_clients_read() -> None:
    status, body, headers = spell(BadInput("no"))
    assert (status, headers) == (400, {})
    assert body == {"error": "no", "detail": "no", "message": "no", "details": {"message": "no"}}
    assert spell(Unauthenticated("who?"))[:2] == (401, {"error": "who?", "detail": "who?", "message": "who?"})
    assert spell(TooManyRequests("later", retry_after_s=7))[2] == {"Retry-After": "7"}
    assert spell(NotInTime("later", event_id="e1"))[1]["event_id"] == "e1"
    assert spell(MnemeError("broken"))[0] == 500
