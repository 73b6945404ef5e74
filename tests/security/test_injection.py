"""Whatever is sent stays what it is: words do not become filters, metadata no scope, and names that look alike are two names."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from nasty import NASTY, SEPARATORS, UNICODE
from server import Server

FIELDS = (
    "owner",
    "user_id",
    "user",
    "agent_id",
    "id",
    "memory_id",
    "state",
    "subject",
    "version",
    "created_at",
    "expires_at",
    "immutable",
    "vector",
)
Store = Callable[[httpx.Client, str, str, dict[str, Any]], httpx.Response]


@pytest.fixture(scope="module")
def client(live_server: Server) -> Iterator[httpx.Client]:
    """An account of its own."""
    words = live_server.mneme("key", "create", "--owner", f"nasty-{secrets.token_hex(4)}").split()
    with live_server.client(next(word for word in words if word.startswith("mlive_"))) as made:
        yield made


def mem0(client: httpx.Client, user: str, text: str, metadata: dict[str, Any]) -> httpx.Response:
    body = {"messages": [{"role": "user", "content": text}], "user_id": user, "metadata": metadata, "infer": False}
    return client.post("/v3/memories/add/", json=body)


def memory_layer(client: httpx.Client, user: str, text: str, metadata: dict[str, Any]) -> httpx.Response:
    return client.post("/v1/memory", json={"content": text, "external_user_id": user, "metadata": metadata})


def of_user(client: httpx.Client, user: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.post("/v3/memories/", json={"filters": {"user_id": user}, "page_size": 200}).json()["results"]
    return rows


@pytest.mark.parametrize("store", [mem0, memory_layer])
def test_what_is_stored_comes_back_to_the_last_letter(client: httpx.Client, store: Store) -> None:
    """As text, as a key and as a value of metadata; or it is refused, and then nothing of it is there."""
    user = f"writer-{store.__name__}"

    def one(number: int) -> tuple[str, dict[str, str]] | None:
        text, metadata = f"{number} {NASTY[number]} .", {NASTY[number]: NASTY[number]}
        answer = store(client, user, text, metadata)
        assert answer.status_code < 500, answer.text
        return (text, metadata) if answer.status_code < 400 else None

    with ThreadPoolExecutor(8) as pool:
        accepted = [kept for kept in pool.map(one, range(len(NASTY))) if kept is not None]
    assert len(accepted) > 0.9 * len(NASTY)
    assert sorted((row["memory"], repr(row["metadata"])) for row in of_user(client, user)) == sorted((t, repr(m)) for t, m in accepted)


@pytest.mark.parametrize("store", [mem0, memory_layer])
def test_metadata_never_changes_whose_a_memory_is(client: httpx.Client, store: Store) -> None:
    user = f"true-{store.__name__}"
    forged = {**dict.fromkeys(FIELDS, "forged"), "user_id": "victim", "owner": "default", "state": "archived"}
    assert store(client, user, "My locker code is 4711.", forged).status_code in (200, 201)
    [row] = of_user(client, user)
    assert (row["user_id"], row["metadata"]) == (user, forged)
    assert row["id"] != "forged"
    assert of_user(client, "victim") == []
    found = client.post("/v3/memories/search/", json={"query": "locker code", "filters": {"user_id": user}, "threshold": 0}).json()[
        "results"
    ]
    assert [hit["id"] for hit in found] == [row["id"]]


def test_names_that_look_alike_are_people_of_their_own(client: httpx.Client) -> None:
    names = list(dict.fromkeys(name for name in ("alice", "bob", *SEPARATORS, *UNICODE) if name.strip()))

    def one(name: str) -> bool:
        answer = mem0(client, name, f"I am number {names.index(name)}.", {})
        assert answer.status_code < 500, answer.text
        return answer.status_code == 200

    with ThreadPoolExecutor(8) as pool:
        taken = [name for name, stored in zip(names, pool.map(one, names), strict=True) if stored]
    assert {"alice", "bob", "ALICE", "alice\0bob", "alice/bob"} <= set(taken)
    for name in taken:
        assert [row["memory"] for row in of_user(client, name)] == [f"I am number {names.index(name)}."]


def test_a_body_that_says_two_things_says_the_last(client: httpx.Client) -> None:
    """Whoever reads a body before us, such as a gateway that checks the user, reads it as JSON does: the last of two keys counts."""
    twice = b'{"messages": "I own a kite.", "infer": false, "user_id": "twice-a", "user_id": "twice-b"}'
    assert client.post("/v3/memories/add/", content=twice).status_code == 200
    assert (len(of_user(client, "twice-a")), len(of_user(client, "twice-b"))) == (0, 1)


def test_headers_open_no_other_account(client: httpx.Client) -> None:
    """Neither the admin's header, nor one smuggled in by a line break, nor a proxy's word for who asks."""
    before = client.get("/v1/ping/").json()
    for name, value in (
        ("X-Mneme-Owner", "default"),
        ("X-Forwarded-User", "default"),
        ("X-Original-URL", "/v1/keys"),
        ("X-HTTP-Method-Override", "DELETE"),
    ):
        assert client.get("/v1/ping/", headers={name: value}).json() == before
    assert client.get("/v1/ping/", headers={"Authorization": "Token"}).status_code == 401


def test_answers_tell_browsers_not_to_guess(live_server: Server) -> None:
    for path in ("/health", "/nowhere", "/docs", "/v1/ping/"):
        answer = httpx.get(f"{live_server.url}{path}", timeout=30)
        assert (answer.headers["x-content-type-options"], answer.headers["x-frame-options"]) == ("nosniff", "DENY")
        assert "server" not in answer.headers
        assert "access-control-allow-origin" not in answer.headers
