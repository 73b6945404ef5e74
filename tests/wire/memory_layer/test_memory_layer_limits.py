"""Plans and rates over the wire: refused in each dialect's own words, with when to come back, and counted where accounts can see it."""

import time
from typing import Any

import pytest

from core.resources import Resources
from schemas.plan import Metered

JOHN = "john_doe@gmail.com"
SEARCH = {"query": "tea", "external_user_id": JOHN}
MEM0_SEARCH = {"query": "tea", "filters": {"user_id": JOHN}}
MESSAGES = [{"role": "user", "content": "I like tea."}]
SPENDING: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/v1/memory/search", {"json": SEARCH}),
    ("GET", "/v1/memory/search", {"params": SEARCH}),
    ("POST", "/v1/memories/search/", {"json": {"query": "tea", "user_id": JOHN}}),
    ("POST", "/v2/memories/search/", {"json": MEM0_SEARCH}),
    ("POST", "/v3/memories/search/", {"json": MEM0_SEARCH}),
    ("GET", "/api/v1/memories", {}),
]
ADDING: list[tuple[str, dict[str, Any]]] = [
    ("/v1/memory/", {"content": "I like tea.", "external_user_id": JOHN}),
    ("/v3/memories/add/", {"messages": MESSAGES, "user_id": JOHN}),
    ("/v1/memories/", {"messages": MESSAGES, "user_id": JOHN}),
    ("/api/v1/memories", {"messages": MESSAGES, "user_id": JOHN}),
]


def words(path: str, answer: dict[str, Any]) -> None:
    if path.startswith("/api/v1"):
        assert answer == {"error": "Monthly API limit exceeded"}
    elif path.startswith(("/v1/memories", "/v2", "/v3")):
        assert answer["error"] == answer["detail"] == answer["message"]
    else:
        assert answer == {"detail": "Rate limit exceeded. Upgrade your plan or wait."}


@pytest.mark.parametrize(("method", "path", "sent"), SPENDING)
async def test_every_way_of_searching_counts_and_is_refused_when_the_day_is_used_up(serve, resources: Resources, method, path, sent):
    client = await serve("acme", plan="free")
    await resources.limits.spend("acme", Metered.SEARCHES, 99)  # an install without plans counts by month
    for _ in range(100):
        assert (await client.request(method, path, **sent)).status_code == 200
    refused = await client.request(method, path, **sent)
    assert refused.status_code == 429
    words(path, refused.json())
    assert (refused.headers["x-ratelimit-limit"], refused.headers["x-ratelimit-remaining"]) == ("100", "0")
    assert 0 < int(refused.headers["retry-after"]) <= 24 * 3600
    assert int(refused.headers["x-ratelimit-reset"]) == pytest.approx(time.time() + int(refused.headers["retry-after"]), abs=3)
    usage = (await client.get("/v1/memory/stats")).json()["usage"]["searches"]
    assert (usage["used"], usage["limit"], usage["window"]) == (100, 100, "day")
    assert (await (await serve("other", plan="free")).request(method, path, **sent)).status_code == 200


@pytest.mark.parametrize(("path", "body"), ADDING)
async def test_every_way_of_adding_is_refused_when_there_is_no_room(serve, resources: Resources, path, body):
    client = await serve("acme", plan="free")
    limits = client._transport.app.state.resources.limits  # type: ignore[attr-defined]
    limits._stored.put("acme", 1_000)
    limits._reader = _Full()
    refused = await client.post(path, json=body)
    assert refused.status_code == 429
    words(path, refused.json())
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-limit"]) == ("3600", "1000")
    assert await resources.mailbox.oldest_age_s() is None


class _Full:
    """A store with as many memories as the plan allows."""

    async def count(self, selection: object) -> int:
        return 1_000


async def test_a_flood_of_requests_is_refused_in_every_dialect(serve, at_work):
    client = await serve("acme", requests_per_s=3)
    for path in ("/v1/memory/stats", "/v1/entities/", "/api/v1/memories"):
        answers = [await client.get(path) for _ in range(12)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert {answer.headers["retry-after"] for answer in refused} == {"1"}
        assert all("Monthly" not in answer.text for answer in refused)


async def test_a_request_counts_once_though_its_key_is_asked_for_twice(serve, at_work):
    """A body is not read before its sender is known."""
    client = await serve("acme", requests_per_s=2)
    body = {"query": "tea", "external_user_id": JOHN}
    assert [(await client.post("/v1/memory/search", json=body)).status_code for _ in range(2)] == [200, 200]


async def test_out_of_the_box_nothing_is_refused_and_statistics_say_so(serve):
    client = await serve("acme")
    for _ in range(3):
        await client.post("/v1/memory/search", json=SEARCH)
    stats = (await client.get("/v1/memory/stats")).json()
    assert stats["plan"] == "none"
    assert stats["usage"]["searches"]["used"] == 3
    assert {one["limit"] for one in stats["usage"].values()} == {None}
    assert stats["usage"]["memories"] == {"used": 0, "limit": None, "window": None, "resets_at": None}
