"""A quick share of `make fuzz`: requests nobody sane would send, over every route, as an account that has a neighbour."""

import secrets

import pytest
from fuzzing import fuzz, rss_mb, web_pid
from server import Server

REQUESTS = 300
GROWTH_MAX_MB = 150


def account(server: Server, name: str) -> str:
    """A new account's key."""
    words = server.mneme("key", "create", "--owner", f"{name}-{secrets.token_hex(4)}").split()
    return next(word for word in words if word.startswith("mlive_"))


@pytest.mark.timeout(400)
def test_no_request_breaks_the_server_or_reaches_a_neighbour(live_server: Server) -> None:
    word, pid = f"marmalade{secrets.token_hex(8)}", web_pid(live_server)
    with live_server.client(account(live_server, "neighbour")) as neighbour:
        body = {"messages": [{"role": "user", "content": f"Mine is {word}."}], "user_id": "alice", "infer": False}
        mine = neighbour.post("/v3/memories/add/", json=body).json()["results"]
        before = rss_mb(pid)
        finds = fuzz(live_server.url, account(live_server, "fuzzer"), REQUESTS, number=1, hidden=word)
        assert finds.faults == []
        assert finds.sent >= REQUESTS
        assert web_pid(live_server) == pid
        assert rss_mb(pid) - before < GROWTH_MAX_MB
        left = neighbour.post("/v3/memories/", json={"filters": {"user_id": "alice"}}).json()["results"]
        assert [(row["id"], row["memory"]) for row in left] == [(row["id"], f"Mine is {word}.") for row in mine]
