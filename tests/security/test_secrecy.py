"""What users say and what keys are stands in no log, whatever goes wrong; a whole install under fire, and every line it wrote."""

import secrets
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from fake_openai import FakeOpenAI, Garbles, Refuses, Request, Says, answering
from server import Server, running

PATIENCE_S = 100


def quoting(status: int) -> Callable[[Request], Refuses]:
    """A provider that repeats what it was asked in its refusal, as some do."""
    return lambda request: Refuses(status, f"Cannot handle: {request.prompt[-250:]}")


def quoted_badly(request: Request) -> Says:
    return Says(f"Not JSON, but I read: {request.prompt[-250:]}")


def provider() -> FakeOpenAI:
    answers = [quoting(500), quoting(429), quoting(402), quoted_badly, quoted_badly, Garbles(b"\xff\xfe<html>"), quoting(400)]
    return FakeOpenAI(chat=deque(answers))


@pytest.mark.timeout(300)
def test_logs_tell_what_went_wrong_and_never_what_was_said(tmp_path: Path) -> None:
    word, session_secret, admin = f"marmalade{secrets.token_hex(8)}", secrets.token_hex(32), secrets.token_hex(16)
    with answering(provider()) as fake:
        model = {"MNEME_LLM_MODEL": "openai/fake", "MNEME_LLM_API_BASE": fake.url, "MNEME_LLM_API_KEY": "sk-of-the-provider"}
        doors = {"MNEME_SESSION_SECRET": session_secret, "MNEME_ADMIN_TOKEN": admin}
        more = {"MNEME_LOG_LEVEL": "DEBUG", "MNEME_RETRY_BASE_S": "0.02", "MNEME_RETRY_MAX_S": "0.05", "MNEME_ATTEMPTS_MAX": "2"}
        with running(tmp_path / "data", **model, **doors, **more) as server, server.client() as client:
            everything_goes_wrong(client, word)
            as_strangers(server, word, admin)
        lines = server.output().splitlines()
    assert any("event.buried" in line for line in lines)
    assert any("refuses the request (400)" in line for line in lines)
    hidden = (server.api_key, session_secret, admin, "sk-of-the-provider", f"wrong{word}")
    assert [line for line in lines for secret in hidden if secret in line] == []
    assert [line for line in lines if word in line and "[debug" not in line] == []


def everything_goes_wrong(client: httpx.Client, word: str) -> None:
    """The same words as an add, as bad requests, in a search, in a path, a query, a header, and in the text of a chat."""
    body = {"messages": f"My locker code is {word}.", "user_id": word, "metadata": {word: word}}
    event_id = client.post("/v3/memories/add/", json=body).json()["event_id"]
    stored = client.post("/v1/memories/", json={**body, "infer": False}).status_code
    assert stored == 200
    for bad in (b'{"messages": "' + word.encode(), b'{"messages": {"%b": 1}}' % word.encode(), b'["%b"]' % word.encode()):
        assert client.post("/v3/memories/add/", content=bad).status_code == 400
    client.post("/v3/memories/search/", json={"query": word, "filters": {"user_id": word, word: word}})
    client.post("/v3/memories/search/", json={"query": word, "filters": {"user_id": word}})
    client.get(f"/v1/memories/{word}/", params={word: word}, headers={"X-Forwarded-For": word, "Idempotency-Key": word})
    client.post("/v1/chat", json={"message": f"What is {word}?", "external_user_id": word})
    deadline = time.monotonic() + PATIENCE_S
    while (event := client.get(f"/v1/event/{event_id}/").json())["status"] != "FAILED":
        assert time.monotonic() < deadline, event
        time.sleep(0.05)


def as_strangers(server: Server, word: str, admin: str) -> None:
    """Keys and tokens that open nothing, or something else."""
    for value in (f"Bearer wrong{word}", f"Token wrong{word}", f"Basic wrong{word}", f"Bearer {admin}"):
        for path in ("/v1/ping/", "/v1/keys", "/nowhere"):
            httpx.get(f"{server.url}{path}", headers={"Authorization": value}, timeout=PATIENCE_S)
