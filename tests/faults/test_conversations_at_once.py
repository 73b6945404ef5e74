"""Two conversations of one user at the same time."""

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
from server import Server


def statuses(client: httpx.Client, ids: list[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for event_id in ids:
        try:
            found[client.get(f"/v1/event/{event_id}/").json().get("status", "no answer")] += 1
        except httpx.TransportError:
            found["no answer"] += 1
    return found


def wait_until_closed(client: httpx.Client, ids: list[str]) -> None:
    deadline = time.monotonic() + 90
    while (now := statuses(client, ids)) != {"SUCCEEDED": len(ids)}:
        assert time.monotonic() < deadline, now
        time.sleep(0.2)


def test_two_conversations_sent_at_once_end_in_the_order_they_were_accepted(live_server: Server) -> None:
    """Both say again and again where she lives now: the last one accepted is what is known in the end."""
    cities = ["Lisbon", "Oslo", "Madrid", "Vienna", "Athens", "Dublin", "Prague", "Warsaw", "Zurich", "Naples"]

    def converse(half: list[str]) -> list[tuple[str, str]]:
        with live_server.client() as client:
            return [(city, move(client, city)) for city in half]

    def move(client: httpx.Client, city: str) -> str:
        body = {"messages": [{"role": "user", "content": f"I live in {city} now."}], "user_id": "alice-who-moves", "async_mode": True}
        return str(client.post("/v1/memories/", json=body).json()[0]["event_id"])

    with ThreadPoolExecutor(2) as people, live_server.client() as client:
        told = [pair for half in people.map(converse, (cities[:5], cities[5:])) for pair in half]
        wait_until_closed(client, [event_id for _, event_id in told])
        accepted = {city: client.get(f"/v1/event/{event_id}/").json()["created_at"] for city, event_id in told}
        last = max(accepted, key=lambda city: accepted[city])
        rows = client.post("/v3/memories/", json={"filters": {"user_id": "alice-who-moves"}}).json()["results"]
    assert [row["memory"] for row in rows if "live" in row["memory"]] == [f"The user lives in {last} now."] or last in rows[0]["memory"]
    assert len(rows) == 1, rows
