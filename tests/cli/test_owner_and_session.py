"""`mneme session` and `mneme owner` against a whole running Mneme: a self-hoster manages keys over HTTP, and puts accounts on plans."""

import time

import httpx
import pytest
from server import Server


def keys_of(server: Server, token: str) -> httpx.Response:
    return httpx.get(f"{server.url}/v1/keys/", headers={"Authorization": f"Bearer {token}"}, timeout=30)


def test_a_session_made_on_the_command_line_makes_keys_over_http(live_server: Server):
    token = live_server.mneme("session", "create", "--owner", "acme", "--ttl", "60").strip()
    headers = {"Authorization": f"Bearer {token}"}
    made = httpx.post(f"{live_server.url}/v1/keys/", headers=headers, json={"name": "Production Key"}, timeout=30)
    assert made.status_code == 201
    with live_server.client(made.json()["api_key"]) as client:
        assert client.get("/v1/memory/").status_code == 200
    assert [row["name"] for row in keys_of(live_server, token).json()["keys"]] == ["Production Key"]
    assert "acme" in live_server.mneme("owner", "list")


def test_an_owner_on_a_plan_is_held_to_it_within_seconds(live_server: Server):
    key = live_server.mneme("key", "create", "--owner", "tenant").strip()
    live_server.mneme("owner", "set-plan", "tenant", "free")
    search = {"query": "anything", "external_user_id": "ann"}
    deadline = time.monotonic() + 60
    with live_server.client(key) as client:
        while client.get("/v1/memory/stats").json()["plan"] != "free":
            assert time.monotonic() < deadline
        assert [client.post("/v1/memory/search", json=search).status_code for _ in range(101)] == [200] * 100 + [429]
    shown = live_server.mneme("owner", "usage", "tenant")
    assert "plan: free" in shown
    assert [line.split()[:4] for line in shown.splitlines() if line.startswith("searches")] == [["searches", "100", "100", "day"]]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("owner", "set-plan", "tenant", "gold"), "there is no plan gold"),
        (("owner", "set-plan", "nobody", "free"), "there is no owner nobody"),
        (("owner", "usage", "nobody"), "there is no owner nobody"),
    ],
)
def test_mistakes_are_told_in_a_line(live_server: Server, arguments: tuple[str, ...], says: str):
    with pytest.raises(AssertionError, match=says):
        live_server.mneme(*arguments)
