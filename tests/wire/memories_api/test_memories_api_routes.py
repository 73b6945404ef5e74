"""The Memories API as its users meet it: the printed examples, and one test for each place where the print is silent."""

import asyncio
import json
import re
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.scope import Scope

PATH = "/api/v1/memories"
UNKNOWN = "0190b3c4-0000-8000-8000-000000000000"
Client = httpx.AsyncClient


def body(*texts: str, **fields: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text} for text in texts], **fields}


async def add(client: Client, *texts: str, **fields: Any) -> list[str]:
    """The ids of the memories that came of it."""
    answer = await client.post(PATH, json=body(*texts, **fields))
    assert answer.status_code == 200, answer.text
    return answer.json()["memory_ids"]


async def contents(client: Client, **query: Any) -> list[str]:
    answer = await client.get(PATH, params=query)
    assert answer.status_code == 200, answer.text
    return [row["content"] for row in answer.json()["results"]]


async def test_the_printed_example(client: Client):
    """3.1, 3.3, 3.16, 3.17, 3.19: what is added comes back, in the printed shape."""
    messages = [{"role": "user", "content": "I love TypeScript"}, {"role": "assistant", "content": "TypeScript is great!"}]
    sent = {"messages": messages, "user_id": "user_123", "metadata": {"source": "chat"}}
    answer = await client.post(PATH, json=sent)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    created = answer.json()
    [memory_id] = created["memory_ids"]
    assert created == {"success": True, "memories_created": 1, "memory_ids": [memory_id], "owner_id": "acme", "user_id": "user_123"}

    page = (await client.get(PATH, params={"user_id": "user_123"})).json()
    [row] = page["results"]
    assert (page["success"], page["count"], page["next_cursor"]) == (True, 1, None)
    assert set(row) == {
        *("id", "owner_clerk_id", "end_user_id", "content", "memory_type", "confidence", "metadata", "source_type"),
        *("created_at", "updated_at"),
    }
    assert (row["id"], row["owner_clerk_id"], row["end_user_id"]) == (memory_id, "acme", "user_123")
    assert (row["content"], row["memory_type"], row["source_type"]) == ("The user loves TypeScript.", "preference", "text")
    assert (row["metadata"], row["confidence"] >= 0.9, round(row["confidence"], 2)) == ({"source": "chat"}, True, row["confidence"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", row["created_at"])
    assert abs((datetime.fromisoformat(row["created_at"]) - datetime.now(UTC)).total_seconds()) < 60


async def test_without_an_end_user_the_memory_is_the_accounts_own(client: Client):
    """3.14, 3.15"""
    created = (await client.post(PATH, json=body("I love tea."))).json()
    assert created["user_id"] is None
    [row] = (await client.get(PATH)).json()["results"]
    assert (row["end_user_id"], row["metadata"]) == (None, None)


async def test_self_all_and_an_end_user(client: Client):
    """3.4: `self` is what has no end user; `all`, and nothing at all, everything; a name only that user."""
    for text, fields in (("I love tea.", {}), ("I love coffee.", {"user_id": "u1"}), ("I love water.", {"user_id": "u2"})):
        await add(client, text, **fields)
    tea, coffee, water = ("The user loves tea.", "The user loves coffee.", "The user loves water.")
    assert await contents(client, user_id="self") == [tea]
    assert await contents(client, user_id="u1") == [coffee]
    assert await contents(client, user_id="U1") == []
    assert await contents(client, user_id="all") == await contents(client) == [water, coffee, tea]


@pytest.mark.parametrize("user_id", ["self", "all", "", "   ", "x" * 600, 7, ["a"], {}])
async def test_an_end_user_who_could_not_be_asked_for_is_refused(client: Client, user_id: Any):
    """3.4"""
    answer = await client.post(PATH, json=body("I love tea.", user_id=user_id))
    assert answer.status_code == 400
    assert list(answer.json()["details"]["fieldErrors"]) == ["user_id"]
    assert await contents(client) == []


async def test_pages_have_every_row_once_in_order(client: Client):
    """3.5, 3.6: in both directions; the key next_cursor is always there, and null on the last page."""
    for number in range(5):
        await add(client, f"My cat number {number} is called Tom{number}.", user_id="u1")
    everything = await contents(client, user_id="u1", limit=100)
    assert len(everything) == 5
    for order, wanted in (("desc", everything), ("asc", everything[::-1])):
        seen, counts, cursor = [], [], None
        while True:
            page = (await client.get(PATH, params={"order": order, "limit": 2, **({"cursor": cursor} if cursor else {})})).json()
            seen += [row["content"] for row in page["results"]]
            counts.append(page["count"])
            if (cursor := page["next_cursor"]) is None:
                break
        assert (seen, counts) == (wanted, [2, 2, 1])


async def test_a_page_that_is_just_full_is_the_last(client: Client):
    await add(client, "I love tea.")
    page = (await client.get(PATH, params={"limit": 1})).json()
    assert (page["count"], page["next_cursor"]) == (1, None)


async def test_a_cursor_outlives_its_row(client: Client):
    """3.6"""
    for text in ("I love tea.", "I love coffee.", "I love water."):
        await add(client, text)
    page = (await client.get(PATH, params={"limit": 1})).json()
    assert (await client.delete(f"{PATH}/{page['results'][0]['id']}")).status_code == 200
    assert await contents(client, cursor=page["next_cursor"]) == ["The user loves coffee.", "The user loves tea."]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("limit", value) for value in ("0", "101", "-1", "x", "", "9" * 400)),
        *(("order", "up"), ("memory_type", "opinion"), ("memory_type", ""), ("user_id", "")),
        *(("min_confidence", value) for value in ("-0.1", "1.1", "nan", "inf", "much")),
        *(("cursor", value) for value in ("x", "eyJpZCI6IjEyMyJ9", "bnVsbA", "W10", "ÿ", "A" * 5000)),
    ],
)
async def test_impossible_questions_are_refused_and_nothing_is_clamped(client: Client, field: str, value: str):
    """3.7, 3.8, 3.11"""
    answer = await client.get(PATH, params={field: value})
    assert answer.status_code == 400
    assert answer.json()["error"] == "Invalid request payload"
    assert answer.json()["details"]["formErrors"] == []
    assert list(answer.json()["details"]["fieldErrors"]) == [field]


async def test_lists_by_type_and_by_confidence(client: Client):
    """3.8: the bound is inclusive, by the number as it is shown."""
    await add(client, "I love tea.", "I live in Berlin.")
    rows = {row["memory_type"]: row for row in (await client.get(PATH)).json()["results"]}
    assert set(rows) == {"preference", "fact"}
    assert await contents(client, memory_type="preference") == ["The user loves tea."]
    assert await contents(client, memory_type="goal") == []
    for row in rows.values():
        assert row["content"] in await contents(client, min_confidence=row["confidence"])
        assert row["content"] not in await contents(client, min_confidence=min(1, row["confidence"] + 0.01)) or row["confidence"] == 1


async def test_nothing_to_remember_is_no_failure(client: Client):
    """3.9"""
    answer = await client.post(PATH, json=body("Hello, how are you?"))
    assert answer.status_code == 200
    assert (answer.json()["memories_created"], answer.json()["memory_ids"]) == (0, [])


async def test_a_fact_that_is_known_is_not_created_again(client: Client):
    """3.10: for the same end user; another's is another's."""
    assert len(await add(client, "I love tea.", user_id="u1")) == 1
    assert await add(client, "I love tea!", user_id="u1") == []
    assert len(await add(client, "I love tea.", user_id="u2")) == 1
    assert len(await contents(client)) == 2


@pytest.mark.parametrize(
    ("sent", "field", "problem"),
    [
        ({}, "messages", "Required"),
        ({"messages": []}, "messages", None),
        ({"messages": "I love tea."}, "messages", None),
        ({"messages": [{"role": "user"}]}, "messages", "Required"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "messages", None),
        ({"messages": [{"role": "user", "content": ""}]}, "messages", None),
        ({"messages": [{"role": "user", "content": 7}]}, "messages", None),
        (body("x", metadata=[]), "metadata", None),
        (body("x", metadata={"k": "x" * 20_000}), "metadata", None),
        (body(*["x"] * 1001), "messages", None),
    ],
)
async def test_what_is_wrong_is_named_under_its_top_field(client: Client, sent: Any, field: str, problem: str | None):
    """3.11"""
    answer = await client.post(PATH, json=sent)
    assert answer.status_code == 400
    details = answer.json()["details"]
    assert (answer.json()["error"], details["formErrors"], list(details["fieldErrors"])) == ("Invalid request payload", [], [field])
    assert problem is None or details["fieldErrors"][field] == [problem]


@pytest.mark.parametrize("sent", [b"{", b"", b"[]", b"null", b'{"messages": [] // Optional\n}'])
async def test_a_body_that_is_no_object_is_a_problem_of_the_form(client: Client, sent: bytes):
    """3.11, 3.20"""
    answer = await client.post(PATH, content=sent)
    assert answer.status_code == 400
    assert (len(answer.json()["details"]["formErrors"]), answer.json()["details"]["fieldErrors"]) == (1, {})


@pytest.mark.parametrize("headers", [{"Authorization": ""}, {"Authorization": "Bearer wrong"}])
@pytest.mark.parametrize(("method", "path"), [("POST", PATH), ("GET", PATH), ("GET", f"{PATH}/{UNKNOWN}"), ("DELETE", f"{PATH}/{UNKNOWN}")])
async def test_a_wrong_or_missing_key(client: Client, headers: dict[str, str], method: str, path: str):
    answer = await client.request(method, path, headers=headers)
    assert (answer.status_code, answer.json()) == (401, {"error": "Invalid API key"})


async def test_errors_that_the_print_does_not_list_have_the_same_shape(client: Client, connect):
    """3.13"""
    nothing, method = await client.get(f"{PATH}/{UNKNOWN}/x"), await client.put(PATH, json={})
    assert (nothing.status_code, set(nothing.json())) == (404, {"error"})
    assert (method.status_code, method.json(), method.headers["allow"]) == (405, {"error": "Method Not Allowed"}, "GET, POST")
    small = await connect("acme", body_max_bytes=10, message_max_bytes=5)
    large = await small.post(PATH, json=body("I love tea."))
    assert (large.status_code, set(large.json())) == (413, {"error"})


@pytest.mark.parametrize("bounds", [{"subject_max_events": 1}, {"mailbox_max_bytes": 1}], ids=["events", "bytes"])
async def test_when_too_much_waits_the_client_is_told_when_to_come_back(connect, resources, bounds):
    """3.12: by default there is no quota; a full mailbox is what can be full."""
    await resources.mailbox.accept([MessagesReceived(scope=Scope(owner="acme", user="u1"), messages=(Message(role="user", content="x"),))])
    client = await connect("acme", **bounds)
    answer = await client.post(PATH, json=body("I love tea.", user_id="u1"))
    assert (answer.status_code, set(answer.json())) == (429, {"error"})
    assert int(answer.headers["retry-after"]) > 0


async def test_when_no_worker_comes_the_client_learns_that_it_is_kept(connect, resources):
    client = await connect("acme", wait_timeout_s=0.05)
    answer = await client.post(PATH, json=body("I love tea."))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert (await resources.receipts.get("acme", answer.json()["event_id"])) is not None


async def test_a_retry_with_an_idempotency_key_is_the_same_add(client: Client):
    headers = {"Idempotency-Key": "k1"}
    first, again = [(await client.post(PATH, json=body("I love tea."), headers=headers)).json() for _ in range(2)]
    assert first == again
    assert first["memories_created"] == 1


@pytest.mark.parametrize("path", [PATH, f"{PATH}/", f"/{PATH}/"])
async def test_with_and_without_a_slash(client: Client, path: str):
    """3.22"""
    sent = await client.post(
        f"http://mneme{path}", content=b'{"messages":[{"role":"user","content":"Hi."}]}', headers={"Content-Type": "text/plain"}
    )
    assert (sent.status_code, (await client.get(f"http://mneme{path}")).status_code) == (200, 200)


async def test_one_memory_can_be_read_changed_and_deleted(client: Client):
    """3.2"""
    [memory_id] = await add(client, "I love tea.", user_id="u1", metadata={"a": 1})
    path = f"{PATH}/{memory_id}"
    before = (await client.get(path)).json()
    assert (before["success"], before["memory"]["content"]) == (True, "The user loves tea.")

    after = (await client.patch(path, json={"content": "The user loves green tea."})).json()
    assert (after["success"], after["memory"]["content"], after["memory"]["metadata"]) == (True, "The user loves green tea.", {"a": 1})
    assert (await client.patch(path, json={"metadata": {"b": 2}})).json()["memory"]["metadata"] == {"b": 2}
    assert (await client.patch(path, json={"metadata": None})).json()["memory"]["metadata"] is None
    assert await contents(client, user_id="u1") == ["The user loves green tea."]

    gone = await client.delete(path)
    assert (gone.status_code, gone.json()) == (200, {"success": True})
    for method in ("GET", "DELETE"):
        answer = await client.request(method, path)
        assert (answer.status_code, answer.json()) == (404, {"error": "Memory not found"})
    assert (await client.patch(path, json={"content": "x"})).status_code == 404
    assert await contents(client) == []


@pytest.mark.parametrize("sent", [{}, {"content": ""}, {"content": None}, {"content": 7}, {"metadata": "x"}, [], {"other": 1}])
async def test_a_change_that_changes_nothing_is_refused(client: Client, sent: Any):
    [memory_id] = await add(client, "I love tea.")
    assert (await client.patch(f"{PATH}/{memory_id}", json=sent)).status_code == 400


@pytest.mark.parametrize("memory_id", [UNKNOWN, "123", "x y", "%00", "..%2F..", "' OR 1=1"])
async def test_what_is_not_there_is_404_whatever_it_is_called(client: Client, memory_id: str):
    for method, sent in (("GET", None), ("DELETE", None), ("PATCH", {"content": "x"})):
        answer = await client.request(method, f"{PATH}/{memory_id}", json=sent)
        assert (answer.status_code, answer.json()) == (404, {"error": "Memory not found"})


async def test_an_account_sees_and_touches_nothing_of_anothers(client: Client, connect):
    [memory_id] = await add(client, "I love tea.", user_id="u1")
    stranger = await connect("evil")
    assert await contents(stranger) == await contents(stranger, user_id="u1") == []
    cursor = (await client.get(PATH, params={"limit": 1, "user_id": "u1"})).json()["next_cursor"]
    assert cursor is None
    for method, sent in (("GET", None), ("DELETE", None), ("PATCH", {"content": "x"})):
        assert (await stranger.request(method, f"{PATH}/{memory_id}", json=sent)).status_code == 404
    assert await contents(client) == ["The user loves tea."]


async def test_many_at_once(client: Client):
    answers = await asyncio.gather(*(add(client, "I love tea.", user_id=f"u{number}") for number in range(20)))
    assert len({memory_id for ids in answers for memory_id in ids}) == 20


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
_NEARLY = st.fixed_dictionaries(
    {"messages": _JSON | st.lists(st.fixed_dictionaries({"role": _JSON | st.just("user"), "content": _JSON}))},
    optional={"user_id": _JSON, "metadata": _JSON},
)


@given(sent=st.binary() | _JSON | _NEARLY)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_body_is_a_reason_for_a_5xx(quick: Client, sent: Any):
    """Whatever is sent is refused, or accepted."""
    raw = sent if isinstance(sent, bytes) else json.dumps(sent).encode()
    answer = await quick.post(PATH, content=raw)
    assert answer.status_code in (400, 413) or (answer.status_code == 503 and answer.json()["event_id"])
    assert "error" in answer.json()


@given(query=st.binary(max_size=40), name=st.sampled_from(["", "user_id", "limit", "cursor", "order", "memory_type", "min_confidence"]))
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_no_question_is_a_reason_for_a_5xx(quick: Client, query: bytes, name: str):
    encoded = "".join(f"%{byte:02x}" for byte in query)
    assert (await quick.get(f"{PATH}?{name}={encoded}")).status_code in (200, 400)
    assert (await quick.get(f"{PATH}/{encoded}")).status_code in (200, 404)


@pytest.fixture
async def quick(connect) -> Client:
    """Nobody works, and nobody waits long for it: what is accepted answers 503 with its event id."""
    return await connect("acme", wait_timeout_s=0.001)
