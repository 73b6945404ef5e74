"""Memory Layer's chat as its clients meet it: answered from what is remembered, and the message remembered; whole or in pieces."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from standins import TalkingChat
from working import work

from core.issuing import issue_key
from core.resources import Resources
from core.web.app import create_app
from ingest.app import DIALECTS
from query.app import ROUTERS
from query.context import TAG
from schemas.errors import Unavailable, UpstreamFailed
from schemas.search import Condition, Selection

JOHN, JANE = "john_doe@gmail.com", "jane@example.com"
DASHBOARD = "User is building a SaaS dashboard in React"


async def stored(client: httpx.AsyncClient, content: str, user: str = JOHN) -> str:
    answer = await client.post("/v1/memory/", json={"content": content, "external_user_id": user})
    assert answer.status_code == 201, answer.text
    return answer.json()["memory"]["id"]


async def chatted(client: httpx.AsyncClient, message: str, user: str = JOHN, **fields: Any) -> dict[str, Any]:
    answer = await client.post("/v1/chat/", json={"message": message, "external_user_id": user, **fields})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def contents(resources: Resources, user: str = JOHN) -> list[str]:
    """What is remembered of a user once everything is worked off."""
    await settled(resources)
    page = await resources.reader.page(Selection(owner="acme", where=Condition(field="user", value=user)))
    return [memory.content for memory in page.memories]


async def settled(resources: Resources) -> None:
    """Everything accepted so far is worked off, by us or by the worker at work."""
    while not all(receipt.status.closed for receipt in (await resources.receipts.page("acme", 0, 100))[0]):
        await work(resources)
        await asyncio.sleep(0.005)


def events(text: str) -> list[tuple[str, dict[str, Any]]]:
    """The events of a stream, without its comments."""
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if not line.startswith(":"))
        if fields:
            found.append((fields["event"], json.loads(fields["data"])))
    return found


class TestChat:
    async def test_the_quick_start_is_answered_as_its_documentation_says(self, client):
        await stored(client, DASHBOARD)
        answer = await client.post("/v1/chat/", json={"message": "What am I building?", "external_user_id": JOHN})
        assert answer.headers["x-answered-by"] == "built-in"
        body = answer.json()
        assert body["reply"] == "You are building a SaaS dashboard in React."
        assert [memory["memory_text"] for memory in body["used_memories"]] == [DASHBOARD]
        assert 0 <= body["used_memories"][0]["score"] <= 1
        assert body["memory_created"] is True

    async def test_what_another_user_said_is_not_known(self, client):
        await stored(client, DASHBOARD, JANE)
        body = await chatted(client, "What am I building?")
        assert (body["reply"], body["used_memories"]) == ("I do not know that about you yet.", [])

    async def test_what_is_said_in_a_chat_is_remembered_and_questions_leave_nothing(self, client, resources: Resources):
        await chatted(client, "I love green tea.")
        await chatted(client, "What do I love?")
        assert await contents(resources) == ["The user loves green tea."]

    async def test_without_a_worker_the_answer_comes_at_once_and_the_message_waits(self, serve, resources: Resources):
        client = await serve("acme")
        body = await chatted(client, "I love green tea.")
        assert body == {"reply": "Thank you for telling me.", "used_memories": [], "memory_created": True}
        assert await contents(resources) == ["The user loves green tea."]

    async def test_a_full_mailbox_costs_the_memory_not_the_answer(self, serve):
        client = await serve("acme", mailbox_max_events=1)
        assert (await chatted(client, "I love green tea."))["memory_created"] is True
        body = await chatted(client, "Who am I?")
        assert (body["reply"], body["memory_created"]) == ("I do not know anything about you yet.", False)

    async def test_top_k_bounds_the_memories_used(self, client):
        for number in range(4):
            await stored(client, f"The user likes tea number {number}")
        assert len((await chatted(client, "Which tea number do I like?", top_k=2))["used_memories"]) == 2

    @pytest.mark.parametrize(
        ("fields", "place"),
        [
            ({"message": ""}, "message"),
            ({"message": "  "}, "message"),
            ({"message": "x" * 8001}, "message"),
            ({"message": None}, "message"),
            ({"message": f"<{TAG}>\n- a\n</{TAG}>"}, "message"),
            ({"top_k": 0}, "top_k"),
            ({"top_k": 21}, "top_k"),
            ({"external_user_id": " "}, "external_user_id"),
            ({"external_user_id": None}, "external_user_id"),
            ({"conversation_id": "x" * 256}, "conversation_id"),
        ],
    )
    async def test_a_request_that_will_not_do_names_the_field(self, client, fields, place):
        answer = await client.post("/v1/chat", json={"message": "Hello", "external_user_id": JOHN, **fields})
        assert answer.status_code == 422
        assert answer.json()["details"][0]["loc"] == ["body", place]
        assert answer.json()["detail"] == "Validation error"

    async def test_a_stranger_is_refused(self, serve):
        answer = await (await serve()).post("/v1/chat/", json={"message": "Hello", "external_user_id": JOHN})
        assert (answer.status_code, answer.json()) == (401, {"detail": "Invalid or missing API key"})

    async def test_its_retrieval_counts_as_a_search(self, serve):
        client = await serve("acme", plan="free")
        await chatted(client, "Who am I?")
        usage = (await client.get("/v1/memory/stats")).json()["usage"]
        assert (usage["searches"]["used"], usage["tokens"]["used"]) == (1, 0)


class TestLegacy:
    async def test_it_names_the_memories_used(self, client):
        memory_id = await stored(client, DASHBOARD)
        answer = await client.post("/v1/chat/legacy", json={"message": "What am I building?", "external_user_id": JOHN})
        body = answer.json()
        similarity = body["memories_used"][0].pop("similarity")
        assert 0 <= similarity <= 1
        assert body == {
            "reply": "You are building a SaaS dashboard in React.",
            "memory_ids": [memory_id],
            "mode": "process",
            "memories_used": [{"id": memory_id, "content": DASHBOARD}],
        }

    @pytest.mark.parametrize("pool_users", [False, True])
    async def test_without_an_end_user_only_what_belongs_to_none_is_known(self, serve, at_work, pool_users):
        client = await serve("acme", pool_users=pool_users)
        await stored(client, DASHBOARD)
        asked = {"message": "What am I building?"}
        assert (await client.post("/v1/chat/legacy", json=asked)).json()["memory_ids"] == []
        own = {"messages": [{"role": "user", "content": "The user is building a shed."}], "agent_id": "helper", "infer": False}
        assert (await client.post("/v1/memories/", json=own)).status_code == 200
        assert (await client.post("/v1/chat/legacy", json=asked)).json()["reply"] == "You are building a shed."

    async def test_what_is_said_without_an_end_user_belongs_to_none(self, client, resources: Resources):
        await client.post("/v1/chat/legacy", json={"message": "I love green tea."})
        await settled(resources)
        page = await resources.reader.page(Selection(owner="acme"))
        assert [(memory.content, memory.scope.user) for memory in page.memories] == [("The user loves green tea.", None)]


@asynccontextmanager
async def opened(resources: Resources) -> AsyncIterator[Resources]:
    """Resources that somebody else closes."""
    yield resources


Talk = tuple[httpx.AsyncClient, TalkingChat]


@asynccontextmanager
async def talking(resources: Resources, **changes: Any) -> AsyncIterator[Talk]:
    model = TalkingChat()
    changed = replace(resources, chat=model, settings=resources.settings.model_copy(update=changes))
    app = create_app("Mneme", ROUTERS, DIALECTS, lambda _: opened(changed), changed.settings)
    headers = {"Authorization": f"Bearer {(await issue_key(resources.keys, 'acme', 'test')).secret}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://mneme", headers=headers) as client,
    ):
        yield client, model


@pytest.fixture
async def talk(resources: Resources, at_work: None) -> AsyncIterator[Talk]:
    """A client of a Mneme that has a chat model, and the model."""
    async with talking(resources) as made:
        yield made


class TestWithModel:
    async def test_the_model_is_given_the_memories_and_its_words_are_the_reply(self, talk: Talk, client):
        await stored(client, DASHBOARD)
        answer = await talk[0].post("/v1/chat/", json={"message": "What am I building?", "external_user_id": JOHN})
        assert answer.headers["x-answered-by"] == "talking"
        assert answer.json()["reply"] == "It is a fine dashboard."
        assert [memory["memory_text"] for memory in answer.json()["used_memories"]] == [DASHBOARD]
        system, said = talk[1].asked[0]
        assert DASHBOARD in system["content"]
        assert said == {"role": "user", "content": "What am I building?"}

    @pytest.mark.parametrize(("asked_s", "told_s"), [(7, "7"), (None, "5")])
    async def test_a_provider_that_is_away_is_503_with_when_to_come_back_and_the_message_is_kept(
        self, talk: Talk, resources: Resources, asked_s, told_s
    ):
        talk[1].fails = UpstreamFailed("the provider is away", retry_after_s=asked_s)
        for stream in (False, True):
            body = {"message": "I love green tea.", "external_user_id": JOHN, "stream": stream}
            answer = await talk[0].post("/v1/chat/", json=body)
            assert (answer.status_code, answer.headers.get("retry-after")) == (503, told_s), answer.text
            assert answer.json() == {"detail": "the provider is away"}
        assert await contents(resources) == ["The user loves green tea."]

    async def test_the_last_ten_turns_of_a_conversation_are_known_to_the_model(self, talk: Talk):
        for number in range(12):
            await chatted(talk[0], f"Message {number}", conversation_id="c1")
        await chatted(talk[0], "Message 12", conversation_id="c1")
        said = [message["content"] for message in talk[1].asked[-1] if message["role"] == "user"]
        assert said == [f"Message {number}" for number in range(2, 13)]
        assert talk[1].asked[-1][2] == {"role": "assistant", "content": "It is a fine dashboard."}

    async def test_another_users_conversation_of_the_same_id_is_another_conversation(self, talk: Talk):
        await chatted(talk[0], "My secret is 42", conversation_id="c1")
        await chatted(talk[0], "What did I say?", JANE, conversation_id="c1")
        assert "secret" not in json.dumps(talk[1].asked[-1])

    async def test_a_stream_gives_the_reply_in_pieces_and_then_what_it_rests_on(self, talk: Talk, client):
        await stored(client, DASHBOARD)
        body = {"message": "What am I building?", "external_user_id": JOHN, "stream": True}
        answer = await talk[0].post("/v1/chat/", json=body)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
        assert "content-length" not in answer.headers
        *deltas, (name, done) = events(answer.text)
        assert name == "done"
        assert len(deltas) > 1
        assert "".join(data["delta"] for _, data in deltas) == done["reply"] == "It is a fine dashboard."
        assert [memory["memory_text"] for memory in done["used_memories"]] == [DASHBOARD]
        assert done["memory_created"] is True

    async def test_a_slow_model_is_bridged_with_comments(self, resources: Resources):
        async with talking(resources, stream_heartbeat_s=0.02) as (client, model):
            model.pause_s = 0.1
            answer = await client.post("/v1/chat/", json={"message": "Hello", "external_user_id": JOHN, "stream": True})
        assert answer.text.startswith(": heartbeat\n\n")
        assert events(answer.text)[-1][0] == "done"

    async def test_a_failure_in_the_middle_is_an_event_of_its_own(self, talk: Talk):
        talk[1].fails_after = 2
        talk[1].fails = UpstreamFailed("the provider went away", retry_after_s=7)
        answer = await talk[0].post("/v1/chat/", json={"message": "Hello", "external_user_id": JOHN, "stream": True})
        assert [name for name, _ in events(answer.text)] == ["delta", "delta", "error"]
        assert events(answer.text)[-1][1] == {"detail": "the provider went away", "status": 503, "retry_after": 7}

    async def test_a_bug_in_the_middle_shows_nothing_of_itself(self, talk: Talk):
        talk[1].fails_after = 1
        talk[1].fails = RuntimeError("secret")
        answer = await talk[0].post("/v1/chat/", json={"message": "Hello", "external_user_id": JOHN, "stream": True})
        assert events(answer.text)[-1] == (
            "error",
            {"detail": "Internal server error. Please try again.", "status": 500, "retry_after": None},
        )

    async def test_a_reader_who_leaves_stops_the_model(self, talk: Talk):
        talk[1].endless = True
        pieces, gone = [], asyncio.Event()
        body = json.dumps({"message": "Hello", "external_user_id": JOHN, "stream": True}).encode()
        waiting = [{"type": "http.request", "body": body, "more_body": False}]

        async def receive() -> dict[str, Any]:
            if waiting:
                return waiting.pop()
            await gone.wait()
            return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            pieces.append(message.get("body", b""))
            if len(pieces) > 3:
                gone.set()

        headers = [(b"authorization", talk[0].headers["authorization"].encode())]
        scope = {"type": "http", "method": "POST", "path": "/v1/chat", "raw_path": b"/v1/chat", "query_string": b"", "headers": headers}
        app: Any = talk[0]._transport.app  # type: ignore[attr-defined]
        await asyncio.wait_for(app({**scope, "http_version": "1.1", "scheme": "http", "server": ("mneme", 80)}, receive, send), 5)
        assert talk[1].closed == 1

    async def test_tokens_are_counted_and_a_plan_without_any_left_is_429(self, resources: Resources, talk: Talk):
        await chatted(talk[0], "Hello")
        assert (await talk[0].get("/v1/memory/stats")).json()["usage"]["tokens"]["used"] == 10
        await talk[0].post("/v1/chat/", json={"message": "Hello", "external_user_id": JOHN, "stream": True})
        assert (await talk[0].get("/v1/memory/stats")).json()["usage"]["tokens"]["used"] == 20

    async def test_where_recall_fails_the_message_is_kept(self, talk: Talk, resources: Resources):
        async def away(text: str) -> None:
            raise Unavailable("the embedder is away", retry_after_s=1)

        asked, resources.embedder.embed_query = resources.embedder.embed_query, away  # type: ignore[method-assign,assignment]
        answer = await talk[0].post("/v1/chat/", json={"message": "I love green tea.", "external_user_id": JOHN})
        resources.embedder.embed_query = asked  # type: ignore[method-assign]
        assert (answer.status_code, answer.json()) == (503, {"detail": "the embedder is away"})
        assert await contents(resources) == ["The user loves green tea."]
