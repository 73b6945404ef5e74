"""Feedback: what was useless is worth less from then on, for its owner alone, however often it is said."""

from typing import Any

import httpx

from core.resources import Resources
from schemas.memory import Feedback, Memory

Client = httpx.AsyncClient
UNKNOWN = "0190b3c4-0000-8000-8000-000000000000"


async def remembered(client: Client, resources: Resources, **fields: Any) -> Memory:
    body = {"messages": "My bike is red.", "user_id": "alice", "infer": False, **fields}
    [row] = (await client.post("/v3/memories/add/", json=body)).json()["results"]
    return await now(resources, row["id"])


async def now(resources: Resources, memory_id: str) -> Memory:
    [memory] = await resources.reader.get("acme", [memory_id])
    return memory


async def rate(client: Client, memory: Memory, feedback: str | None, reason: str | None = None) -> dict[str, Any]:
    answer = await client.post("/v1/feedback/", json={"memory_id": memory.id, "feedback": feedback, "feedback_reason": reason})
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_feedback_counts_at_once_and_once_and_can_be_taken_back(client: Client, resources: Resources) -> None:
    before = await remembered(client, resources)
    for _ in range(2):
        assert await rate(client, before, "negative", "wrong bike") == {
            "id": before.id,
            "feedback": "NEGATIVE",
            "feedback_reason": "wrong bike",
        }
    rated = await now(resources, before.id)
    assert (rated.feedback, rated.feedback_reason, rated.importance) == (
        Feedback.NEGATIVE,
        "wrong bike",
        0.37,
    )  # half of 0.75, which a plain statement begins with
    assert (rated.version, rated.updated_at) == (before.version + 1, before.updated_at)
    await rate(client, before, "VERY_NEGATIVE")
    assert (await now(resources, before.id)).importance == round(before.importance / 10, 2)
    await rate(client, before, "POSITIVE")
    assert (await now(resources, before.id)).importance > before.importance
    assert await rate(client, before, None) == {"id": before.id, "feedback": None, "feedback_reason": None}
    after = await now(resources, before.id)
    assert (after.feedback, after.importance) == (None, before.importance)
    assert [row["event"] for row in (await client.get(f"/v1/memories/{before.id}/history/")).json()] == ["ADD"]


async def test_what_may_not_be_changed_may_be_rated_and_what_is_not_yours_may_not(
    client: Client, resources: Resources, connect: Any
) -> None:
    memory = await remembered(client, resources, immutable=True)
    await rate(client, memory, "POSITIVE")
    assert (await now(resources, memory.id)).feedback is Feedback.POSITIVE
    stranger = await connect("other")
    for asked, status in (({"memory_id": memory.id}, 404), ({"memory_id": UNKNOWN}, 404), ({"memory_id": "x"}, 400)):
        assert (await stranger.post("/v1/feedback/", json={"feedback": "NEGATIVE", **asked})).status_code == status
    for body in ({"memory_id": memory.id, "feedback": "GREAT"}, {"feedback": "POSITIVE"}, {"memory_id": memory.id, "feedback": 5}):
        assert (await client.post("/v1/feedback/", json=body)).status_code == 400
    assert (await now(resources, memory.id)).feedback is Feedback.POSITIVE
