"""A whole install with a provider's model, as a user starts it: three settings, and the conversation goes to that model."""

import json
import time
from collections import deque
from pathlib import Path

import httpx
from fake_openai import FakeOpenAI, Refuses, Says, answering
from server import running

KEY = "sk-the-providers-own-secret"
MEMORY = {
    "text": "The user writes TypeScript for a living.",
    "type": "fact",
    "confidence": 0.95,
    "message": 0,
    "categories": ["technology"],
}


def provider() -> FakeOpenAI:
    """Refuses the key at first, quoting it as some providers do; then answers."""
    refused = Refuses(401, f"Incorrect API key provided: {KEY}")
    answered = Says(json.dumps({"memories": [MEMORY], "nothing": ""}))
    return FakeOpenAI(chat=deque([refused, refused, refused, answered]))


def test_an_install_with_a_providers_model(tmp_path: Path) -> None:
    """An add is read by the model and found by a search. While the key was refused it waited; the key itself is in no log."""
    with answering(provider()) as fake:
        model = {"MNEME_LLM_MODEL": "openai/fake", "MNEME_LLM_API_BASE": fake.url, "MNEME_LLM_API_KEY": KEY, "MNEME_RETRY_BASE_S": "0.05"}
        with running(tmp_path / "data", **model, MNEME_LOG_LEVEL="DEBUG") as server, server.client() as client:
            event = _added(client, "TypeScript pays my bills.")
            assert event["verdicts"][0]["text"] == MEMORY["text"]
            search = {"query": "What does she do for work?", "filters": {"user_id": "alice"}}
            [found] = client.post("/v3/memories/search/", json=search).json()["results"]
            assert (found["memory"], found["categories"]) == (MEMORY["text"], ["technology"])
        assert "TypeScript pays my bills." in fake.requests[0].prompt
        assert fake.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert "does not accept the API key (401): check MNEME_LLM_API_KEY" in server.output()
        assert KEY not in server.output()
        assert not any("pays my bills" in line for line in server.output().splitlines() if "[debug" not in line)


def _added(client: httpx.Client, words: str) -> dict[str, list[dict[str, str]]]:
    """Its event, once it is done."""
    event_id = client.post("/v3/memories/add/", json={"messages": words, "user_id": "alice"}).json()["event_id"]
    deadline = time.monotonic() + 100
    while (event := client.get(f"/v1/event/{event_id}/").json())["status"] not in ("SUCCEEDED", "FAILED"):
        assert time.monotonic() < deadline, event
        time.sleep(0.05)
    assert event["status"] == "SUCCEEDED", event
    return dict(event)
