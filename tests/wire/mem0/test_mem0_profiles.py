"""Summaries and profiles, as Mem0's clients ask for them."""

from typing import Any

import httpx
import pytest

from core.resources import Resources
from schemas.ids import new_id
from workers.maintenance import run_job

Client = httpx.AsyncClient
SETTINGS = "/v2/profiles/settings/"
JOBS = "/v2/profiles/jobs/"
SCHEMA = {"type": "object", "properties": {"Favourite_Tea": {"type": "string", "description": "green tea"}}}
TRIGGER = {"operation": "trigger", "entity_type": "user", "entity_id": "al ice/x"}


async def say(client: Client, *texts: str, user: str = "al ice/x") -> list[str]:
    said = [{"role": "user", "content": text} for text in texts]
    answer = await client.post("/v3/memories/add/", json={"messages": said, "user_id": user, "infer": False})
    return [row["id"] for row in answer.json()["results"]]


async def profile(client: Client, user: str = "al%20ice%2Fx") -> dict[str, Any]:
    answer = await client.get(f"/v2/entities/user/{user}/profile/")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def run_jobs(resources: Resources) -> None:
    for run in await resources.jobs.unfinished():
        await run_job({"resources": resources, "name": "test"}, run.id)


@pytest.fixture
async def ready(client: Client) -> Client:
    """Profiles are enabled, and a user has memories."""
    await say(client, "I love green tea.", "My bike is red.")
    assert (await client.post(SETTINGS, json={"enabled": True, "entities": {"user": {"schema": SCHEMA}}})).status_code == 200
    return client


async def test_settings_are_written_in_part_and_given_back_and_what_will_not_do_is_refused(sleepy: Client) -> None:
    assert (await profile(sleepy))["status"] == "not_enabled"
    assert (await sleepy.post(JOBS, json=TRIGGER)).status_code == 400
    user = {"schema": SCHEMA, "custom_instructions": "Be brief."}
    written = (await sleepy.post(SETTINGS, json={"enabled": True, "entities": {"user": user}})).json()
    assert (written["enabled"], written["entities"], written["capabilities"]) == (True, {"user": user}, {"full_rebuild": False})
    await sleepy.post(SETTINGS, json={"entities": {"user": {"custom_instructions": None}}, "org_id": "acme"})
    now = (await sleepy.get(SETTINGS)).json()
    assert now["entities"]["user"] == {"schema": SCHEMA, "custom_instructions": None}
    for body in (
        {"schema": SCHEMA},
        {"enabled": "yes"},
        {"entities": {"agent": user}},
        {"entities": {"user": {"colour": 1}}},
        {"entities": {"user": {"schema": {"properties": {"a": {}}}}}},
    ):
        refused = await sleepy.post(SETTINGS, json=body)
        assert (refused.status_code, refused.json()["error"]) == (400, refused.json()["detail"])
    assert (await sleepy.get(SETTINGS)).json() == now


async def test_a_profile_is_made_when_it_is_asked_for_and_kept_current(ready: Client, resources: Resources) -> None:
    assert (await profile(ready))["status"] == "pending"
    assert (await profile(ready))["profile"] == {}
    await run_jobs(resources)
    made = await profile(ready)
    assert (made["status"], made["profile"], made["entity_id"]) == ("succeeded", {"Favourite_Tea": "I love green tea."}, "al ice/x")
    assert (made["entity_type"], made["generation_count"], made["error"]) == ("user", 1, None)
    [tea, _] = [row["id"] for row in (await ready.get("/v1/memories/", params={"user_id": "al ice/x"})).json()][::-1]
    await ready.delete(f"/v1/memories/{tea}/")
    assert (await profile(ready))["status"] == "pending"
    await ready.delete("/v2/entities/user/al%20ice%2Fx/")
    assert await resources.profiles.get("acme", "al ice/x") is None
    assert (await ready.get("/v2/entities/user/al%20ice%2Fx/profile/")).status_code == 404


async def test_a_job_is_the_same_job_by_its_key_and_tells_how_it_fares(ready: Client, resources: Resources, connect: Any) -> None:
    key = {"Idempotency-Key": new_id()}
    first, again = [await ready.post(JOBS, json=TRIGGER, headers=key) for _ in range(2)]
    assert (first.status_code, first.json()["replayed"], again.json()) == (202, False, {**first.json(), "replayed": True})
    job = first.json()
    assert (job["operation"], job["entity_type"], job["entity_count_reserved"]) == ("trigger", "user", 1)
    assert (await ready.get(job["status_url"])).json()["job"]["status"] == "pending"
    await run_jobs(resources)
    done = (await ready.get(job["status_url"])).json()["job"]
    assert {name: done[name] for name in ("status", "total", "enumeration_complete", "completed", "succeeded", "failed", "skipped")} == {
        "status": "succeeded",
        "total": 1,
        "enumeration_complete": True,
        "completed": 1,
        "succeeded": 1,
        "failed": 0,
        "skipped": 0,
    }
    assert (await (await connect("other")).get(job["status_url"])).status_code == 404
    sample = (await ready.post(JOBS, json={"operation": "sample", "entity_type": "user", "limit": 3})).json()
    assert (sample["sampled"], sample["entity_ids"], sample["operation"]) == (1, ["al ice/x"], "sample")
    for body, status in (
        ({**TRIGGER, "entity_id": "nobody"}, 404),
        ({"operation": "trigger", "entity_type": "user"}, 400),
        ({**TRIGGER, "entity_type": "agent"}, 400),
        ({"operation": "sample", "entity_type": "user", "limit": 11}, 400),
    ):
        assert (await ready.post(JOBS, json=body)).status_code == status


async def test_a_summary_says_what_matches_and_nothing_of_others(client: Client, connect: Any) -> None:
    ids = await say(client, "My bike is red.", "I love green tea.", "I like green tea.", user="alice")
    await say(client, "My boat is blue.", user="bob")
    made = (await client.post("/v1/summary/", json={"filters": {"user_id": "alice"}})).json()
    assert (made["count"], made["model"], set(made["memory_ids"]) <= set(ids)) == (3, "built-in", True)
    assert "My bike is red." in made["summary"]
    assert "green tea." in made["summary"]
    assert "boat" not in made["summary"]
    assert (await client.post("/v1/summary/", json={"filters": {"user_id": "nobody"}})).json()["summary"] == ""
    assert (await (await connect("other")).post("/v1/summary/", json={"filters": {"user_id": "alice"}})).json()["count"] == 0
    assert (await client.post("/v1/summary/", json={})).status_code == 400
