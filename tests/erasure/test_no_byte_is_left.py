"""A whole server, shot at while it erases a user: no byte of what the user said is left in any file of the data folder."""

import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from erasure.test_places import known
from killing import kill
from redis import Redis
from server import Server, files_with, running

from cli.redis_server import socket_path

NAME = "alice.liddell+wonderland@example.com"
ADDED = ["I keep the zebraquux under the verandah of the old house.", "My xanthorrhoea flowers every second winter."]
ASKED = "What is the weather in Farquharsbury like today?"
WORDS = ("zebraquux", "verandah", "xanthorrhoea", "Farquharsbury")
BOBS = "I like my green tea with honey."


def add(client: httpx.Client, text: str, user: str = NAME, *, infer: bool = False) -> dict[str, Any]:
    answer = client.post("/v1/memories/", json={"messages": [{"role": "user", "content": text}], "user_id": user, "infer": infer})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()[0]) if answer.json() else {}


def contents(client: httpx.Client, user: str) -> list[str]:
    return [row["memory"] for row in client.post("/v3/memories/", json={"filters": {"user_id": user}}).json()["results"]]


def found(client: httpx.Client, query: str, user: str) -> list[str]:
    return [row["memory"] for row in client.post("/v2/memories/search/", json={"query": query, "filters": {"user_id": user}}).json()]


def ended(client: httpx.Client, erasure_id: str) -> dict[str, Any]:
    deadline = time.monotonic() + 90
    while (now := client.get(f"/v1/erasures/{erasure_id}").json())["status"] != "complete":
        assert time.monotonic() < deadline, now
        time.sleep(0.1)
    return dict(now)


def live(client: httpx.Client) -> None:
    """A bit of everything that keeps words: memories and their history, a verdict, a correction, a chat, a report, a read."""
    for text in ADDED:
        add(client, text)
    add(client, ASKED, infer=True)
    chat = {"message": "Where is my zebraquux?", "external_user_id": NAME, "conversation_id": "c"}
    assert client.post("/v1/chat/", json=chat).status_code == 200
    assert client.post("/v1/memory/prune", params={"max_memories": 1, "dry_run": True}).status_code == 200
    assert found(client, "zebraquux", NAME)


@pytest.mark.timeout(300)
def test_no_byte_of_an_erased_user_is_left_though_worker_and_tender_are_killed_meanwhile(tmp_path: Path) -> None:
    data = tmp_path / "data"
    with running(data, MNEME_LEASE_S="1", MNEME_SWEEP_S="1") as server, server.client() as client, server.client(_key(server)) as other:
        live(client)
        add(client, BOBS, "bob")
        add(other, "I am another Alice.")
        assert all(files_with(data, word) for word in WORDS), "the search of files must be able to find what is there"
        kill(server, "workers.main pipeline")
        asked = client.post(f"/v1/users/{NAME}/erasure", params={"now": True})
        assert asked.status_code in (200, 202), asked.text
        kill(server, "workers.main maintenance")
        done = ended(client, asked.json()["id"])
        assert done["clean"], done["scan"]
        assert (done["counts"]["memories"], done["scan"]["aof_rewritten"]) == (2, True)
        assert done["scan"]["texts"] >= 2
        assert {word: files for word in WORDS if (files := files_with(data, word))} == {}
        assert contents(client, NAME) == []
        assert found(client, "green tea", "bob") == [BOBS]
        assert contents(other, NAME) == ["I am another Alice."]
        assert _strange_keys(server) == []
        assert "looked for" in server.mneme("forget-user", "bob", "--now", "--yes")
        assert files_with(data, "honey") == []


def _key(server: Server) -> str:
    """Of another account."""
    return next(word for word in server.mneme("key", "create", "--owner", "other").split() if word.startswith("mlive_"))


def _strange_keys(server: Server) -> list[str]:
    """Keys of the running server that erasure does not know."""
    with Redis(unix_socket_path=str(socket_path(server.data_dir))) as redis:
        return sorted(key.decode() for key in redis.scan_iter() if not known(key.decode()))
