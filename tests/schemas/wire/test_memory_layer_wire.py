"""Memory Layer's spelling: errors in its shapes whatever went wrong, times and scores as it prints them, orders as it means them."""

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from schemas.errors import (
    BadInput,
    Conflict,
    Forbidden,
    LimitReached,
    MethodNotAllowed,
    MnemeError,
    NotFound,
    NotInTime,
    Problem,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from schemas.key import IssuedKey, Key
from schemas.maintenance import IN_SEQUENCE, Job, Limits
from schemas.memory import Memory, MemoryState
from schemas.scope import Scope
from schemas.search import Condition, Hit, conditions
from schemas.wire.memory_layer.errors import DIALECT, KEYS_DIALECT, spell, spell_keys
from schemas.wire.memory_layer.fields import pooling, stamp
from schemas.wire.memory_layer.keys import created, key_id_of, listed
from schemas.wire.memory_layer.maintenance import PruneRequest, jobs_named, order_of
from schemas.wire.memory_layer.memory import found_memory, memory_object
from schemas.wire.memory_layer.requests import ListRequest, SearchRequest, StoreRequest, query_of, received, selection_of

NOW = datetime(2026, 3, 14, 8, 0, 0, 999, UTC)
MEMORY = Memory(
    id="e32754fa-9b24-4c3e-b8f1-2a1c9d3e4f56",
    scope=Scope(owner="acme", user="john_doe@gmail.com"),
    content="User prefers dark mode",
    importance=0.5,
    said_at=NOW,
    created_at=NOW,
    updated_at=NOW,
    accepted_at=NOW,
)
LIMIT = LimitReached("used up", limit=100, remaining=0, resets_at=1, retry_after_s=9)


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (Unauthenticated("Missing API key"), 401, "Invalid or missing API key"),
        (Forbidden("not yours"), 403, "not yours"),
        (NotFound("no memory x"), 404, "Memory not found"),
        (MethodNotAllowed("Method Not Allowed"), 405, "Method Not Allowed"),
        (Conflict("immutable"), 409, "immutable"),
        (TooLarge("too large"), 413, "too large"),
        (TooManyRequests("full"), 429, "Rate limit exceeded. Upgrade your plan or wait."),
        (LIMIT, 429, "Rate limit exceeded. Upgrade your plan or wait."),
        (MnemeError("it broke"), 500, "Internal server error. Please try again."),
        (Unavailable("away"), 503, "away"),
        (BadInput("the body is not valid JSON"), 400, "the body is not valid JSON"),
    ],
)
def test_every_error_says_its_detail_and_nothing_else(error, status, words):
    assert spell(error) == (status, {"detail": words}, {})


def test_what_is_late_names_its_event():
    assert spell(NotInTime("late", event_id="e"))[:2] == (503, {"detail": "late", "event_id": "e"})


def test_fields_that_will_not_do_are_listed_with_their_places():
    problem = Problem(type="missing", loc=("body", "query"), message="Field required")
    status, body, _ = spell(BadInput("query: Field required", fields={"query": ["Field required"]}, problems=[problem]))
    assert (status, body["details"]) == (422, [{"type": "missing", "loc": ["body", "query"], "msg": "Field required"}])
    assert (body["status"], body["message"], body["detail"]) == ("error", "Validation error", "Validation error")
    by_us = spell(BadInput("metadata is too large", fields={"metadata": ["at most 9 bytes"]}))
    assert (by_us[0], by_us[1]["details"][0]["loc"]) == (422, ["body", "metadata"])


@pytest.mark.parametrize("kind", ["missing", "model_attributes_type", "dict_type"])
def test_a_body_that_is_no_object_is_400(kind):
    assert spell(BadInput("body", problems=[Problem(type=kind, loc=("body",), message="?")]))[0] == 400


def test_who_manages_keys_is_told_of_sessions_and_keys():
    assert spell_keys(Unauthenticated("Invalid or missing session token"))[1] == {"detail": "Invalid or missing session token"}
    assert spell_keys(NotFound("API key not found"))[1] == {"detail": "API key not found"}
    assert spell_keys(LIMIT) == spell(LIMIT)


def test_it_owns_its_paths_and_not_those_that_only_begin_alike():
    assert all(map(DIALECT.owns, ("/v1/memory", "/v1/memory/search", "/v1/chat", "/v1/chat/legacy", "/v1/memory/a/b")))
    assert not any(map(DIALECT.owns, ("/v1/memories", "/v1/memories/search", "/v1/chats", "/v1", "/v1/keys")))
    assert KEYS_DIALECT.owns("/v1/keys/key_abc123/revoke")


@given(st.integers(0, 7_000_000_000_000), st.integers(-12, 12))
def test_times_are_utc_with_milliseconds_and_a_z(ms, hours):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=ms)
    shown = stamp(moment.astimezone(timezone(timedelta(hours=hours))))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", shown)
    assert datetime.fromisoformat(shown) == moment


def test_a_result_is_as_printed():
    found = found_memory(Hit(memory=MEMORY, score=0.2, similarity=0.91, importance=0.5))
    assert (found["similarity"], found["combined_score"]) == (0.91, 0.787)
    assert found["memory"] == {
        "id": MEMORY.id,
        "content": "User prefers dark mode",
        "external_user_id": "john_doe@gmail.com",
        "metadata": {},
        "importance_score": 0.5,
        "access_count": 0,
        "archived": False,
        "created_at": "2026-03-14T08:00:00.000Z",
        "updated_at": "2026-03-14T08:00:00.000Z",
    }
    assert memory_object(Memory(**{**_fields(MEMORY), "state": MemoryState.ARCHIVED}))["archived"] is True


@given(st.text(min_size=1, max_size=320).filter(str.strip))
def test_an_end_user_is_any_string_and_never_another(name):
    stored = received(StoreRequest(content="x", external_user_id=name), "acme", NOW)
    assert (stored.scope.user, stored.infer, stored.messages[0].role) == (name, False, "user")
    query = query_of(SearchRequest(query="x", external_user_id=name), "acme")
    assert (query.selection.owner, list(conditions(query.selection.where))) == ("acme", [Condition(field="user", value=name)])
    assert selection_of(ListRequest(external_user_id=name), "acme").where == Condition(field="user", value=name)


@pytest.mark.parametrize("request_of", [lambda: StoreRequest(content="x"), lambda: SearchRequest(query="x", external_user_id=None)])
def test_without_an_end_user_only_an_install_that_pools_is_asked(request_of):
    with pytest.raises(ValidationError, match="Field required"):
        request_of()
    token = pooling.set(True)
    try:
        assert request_of().external_user_id is None
    finally:
        pooling.reset(token)


def test_all_stands_for_every_job_in_sequence_and_what_there_is_not_for_none():
    assert jobs_named("all") == IN_SEQUENCE
    assert jobs_named("pruning") == (Job.PRUNING,)
    for name in ("", "All", "upkeep", "undo", "restoration"):
        with pytest.raises(BadInput, match="one of"):
            jobs_named(name)


def test_pruning_is_ordered_with_the_documented_limits_for_the_callers_memories():
    order = order_of(Job.PRUNING, "acme", PruneRequest())
    assert (order.owner, order.dry_run) == ("acme", False)
    assert order.limits == Limits(max_age_days=90, min_familiarity=0.1, max_memories=10_000, expired=False, archive_only=True)
    assert order_of(Job.LINKS, "acme", PruneRequest(dry_run=True)).dry_run is False


def test_a_key_is_shown_whole_once_and_masked_ever_after():
    issued = IssuedKey("abc123", "acme", "Production", "mlive_abc123_secret1234", "mlive_abc123", NOW)
    assert created(issued)["api_key"] == "mlive_abc123_secret1234"
    key = Key(id="abc123", owner="acme", name="Production", prefix="mlive_abc123", ending="1234", hash="h" * 64, created_at=NOW)
    [row] = listed([key])["keys"]
    assert (row["id"], row["masked_key"], row["revoked"]) == ("key_abc123", "mlive_abc123_••••1234", False)
    assert "h" * 64 not in str(row)
    preset = Key(id="abc124", owner="acme", name="", prefix="", hash="h", created_at=NOW)
    assert listed([preset])["keys"][0]["masked_key"] == "••••"
    assert key_id_of("key_abc123") == key_id_of("abc123") == "abc123"


def _fields(memory: Memory) -> dict[str, object]:
    return {name: getattr(memory, name) for name in Memory.__dataclass_fields__}
