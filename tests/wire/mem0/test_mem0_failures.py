"""Mem0's answers when something is late, full or broken: what was accepted stays accepted, and the client can tell."""

from typing import Any

import httpx
import pytest
from working import work

from core.resources import Resources
from core.settings import Settings

Client = httpx.AsyncClient
ADD = {"messages": "I live in Berlin.", "user_id": "alice"}


@pytest.fixture
def bounds() -> dict[str, Any]:
    return {"wait_timeout_s": 5, "attempts_max": 1}


@pytest.fixture
def settings(settings: Settings, bounds: dict[str, Any]) -> Settings:
    return settings.model_copy(update=bounds)


@pytest.mark.parametrize("bounds", [{"wait_timeout_s": 0.05}], ids=["no patience"])
async def test_an_outcome_that_is_late_is_a_503_and_comes_all_the_same(sleepy: Client, resources: Resources) -> None:
    answer = await sleepy.post("/v1/memories/", json=ADD)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "accepted" in answer.json()["detail"]
    await work(resources)
    event = (await sleepy.get(f"/v1/event/{answer.json()['event_id']}/")).json()
    assert (event["status"], len(event["results"])) == ("SUCCEEDED", 1)


@pytest.mark.parametrize("bounds", [{"wait_timeout_s": 0.05}], ids=["no patience"])
async def test_a_deletion_that_is_late_is_done_all_the_same(sleepy: Client, resources: Resources) -> None:
    await sleepy.post("/v3/memories/add/", json=ADD)
    assert (await sleepy.delete("/v1/memories/", params={"user_id": "alice"})).status_code == 503
    await work(resources)
    assert (await sleepy.get("/v1/memories/", params={"user_id": "alice"})).json() == []


@pytest.mark.parametrize("bounds", [{"mailbox_max_events": 1}, {"subject_max_bytes": 1}], ids=["few events", "few bytes"])
async def test_a_full_mailbox_is_a_429_that_says_when_to_come_back(sleepy: Client) -> None:
    assert (await sleepy.post("/v3/memories/add/", json=ADD)).status_code == 200
    refused = await sleepy.post("/v3/memories/add/", json=ADD)
    assert (refused.status_code, int(refused.headers["retry-after"]) > 0) == (429, True)
    assert refused.json()["detail"]


async def test_an_event_that_failed_says_why(client: Client, resources: Resources) -> None:
    resources.embedder.fails = lambda texts: ValueError("no such text") if any("Berlin" in text for text in texts) else None  # type: ignore[attr-defined]
    answer = await client.post("/v1/memories/", json=ADD)
    assert (answer.status_code, "no such text" in answer.json()["detail"]) == (500, True)
    [event] = (await client.get("/v1/events/", params={"status": "FAILED"})).json()["results"]
    assert (event["results"], "no such text" in event["error"]) == ([], True)


async def test_a_body_that_is_no_json_is_a_400_in_mem0s_words(client: Client) -> None:
    answer = await client.post("/v3/memories/add/", content=b"{nonsense")
    assert (answer.status_code, "JSON" in answer.json()["details"]["message"]) == (400, True)
