"""14. When nobody works: what was accepted waits, and is done later."""

import pytest
from fundamentals.application import Application
from working import work

from core.resources import Resources
from core.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """An install whose patience ends soon."""
    return settings.model_copy(update={"wait_timeout_s": 0.05})


async def test_a_late_outcome_is_no_loss(unattended: Application, resources: Resources) -> None:
    """All workers are down, or very busy. The conversation is safe all the same; only the outcome does not come in time.
    The answer says just that: 503, come back in a second, and the id of the event, which stays accepted.
    """
    late = await unattended.http.post("/v1/memories/", json={"messages": "I live in Paris.", "user_id": "alice"})
    assert (late.status_code, late.headers["retry-after"]) == (503, "1")
    event_id = late.json()["event_id"]
    assert (await unattended.receipt(event_id))["status"] == "PENDING"

    await work(resources)  # a worker comes

    assert (await unattended.receipt(event_id))["status"] == "SUCCEEDED"
    assert await unattended.knows() == ["The user lives in Paris."]


async def test_reading_needs_no_worker(unattended: Application, resources: Resources) -> None:
    """Searches and lists are answered by the web process alone."""
    await unattended.send("I live in Paris.")
    await work(resources)
    assert await unattended.finds("Where is home?") == ["The user lives in Paris."]


async def test_a_load_balancer_is_told(unattended: Application) -> None:
    """/health: this process lives. /ready: it can also serve, and if not, which part of it can't."""
    assert (await unattended.http.get("/health")).status_code == 200
    ready = await unattended.http.get("/ready")
    assert (ready.status_code, "worker" in ready.text) == (503, True)
