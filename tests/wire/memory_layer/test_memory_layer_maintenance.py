"""Maintenance as Memory Layer's clients order it: it answers when it is done, with what it did, and only to the caller's memories."""

from typing import Any

import pytest

from core.resources import Resources

JOHN, JANE = "john_doe@gmail.com", "jane@example.com"
FACTS = ("the user drinks green tea every morning", "the user drinks green tea every evening", "the user drinks green tea every noon")


@pytest.fixture
async def filled(client, tended):
    """A client with three alike memories of one user and one of another."""
    for user, content in [*((JOHN, fact) for fact in FACTS), (JANE, "the user has a dog")]:
        assert (await client.post("/v1/memory/", json={"content": content, "external_user_id": user})).status_code == 201
    return client


async def contents(client) -> set[str]:
    return {row["content"] for row in (await client.get("/v1/memory/")).json()["memories"]}


async def ask(client, path: str, **params: Any) -> dict[str, Any]:
    answer = await client.post(f"/v1/memory/{path}", params=params)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["duration_ms"] >= 0) == ("success", True)
    return answer.json()


class TestPrune:
    async def test_by_default_what_is_young_and_matters_stays(self, filled):
        done = await ask(filled, "prune")
        assert (done["archived_count"], done["deleted_count"], done["candidates"], done["dry_run"]) == (0, 0, [], False)
        assert len(await contents(filled)) == 4

    async def test_a_dry_run_names_what_would_go_and_changes_nothing(self, filled):
        done = await ask(filled, "prune", max_age_days=0, dry_run="true")
        assert (done["dry_run"], done["archived_count"], done["deleted_count"]) == (True, 4, 0)
        assert {(one["content"], one["reason"]) for one in done["candidates"]} == {(one, "age") for one in await contents(filled)}
        assert len(await contents(filled)) == 4

    async def test_the_oldest_beyond_the_number_are_archived_and_can_still_be_read(self, filled):
        done = await ask(filled, "prune", max_memories=1)
        assert (done["archived_count"], {one["reason"] for one in done["candidates"]}) == (2, {"count"})
        assert await contents(filled) == {FACTS[2], "the user has a dog"}
        gone = done["candidates"][0]
        one = (await filled.get(f"/v1/memory/{gone['id']}")).json()["memory"]
        assert (one["content"], one["archived"]) == (gone["content"], True)
        search = {"query": gone["content"], "external_user_id": JOHN, "similarity_threshold": 0}
        found = (await filled.post("/v1/memory/search", json=search)).json()["results"]
        assert [row["memory"]["content"] for row in found] == [FACTS[2]]
        stats = (await filled.get("/v1/memory/stats")).json()
        assert (stats["total_memories"], stats["active_memories"], stats["archived_memories"]) == (4, 2, 2)

    async def test_what_matters_too_little_is_deleted_where_that_is_asked_for(self, filled):
        done = await ask(filled, "prune", min_importance=1, archive_only="false")
        assert (done["archived_count"], done["deleted_count"], {one["reason"] for one in done["candidates"]}) == (0, 4, {"importance"})
        assert (await filled.get(f"/v1/memory/{done['candidates'][0]['id']}")).status_code == 404

    async def test_importance_is_limited_by_the_score_that_clients_see(self, filled):
        assert {row["importance_score"] for row in (await filled.get("/v1/memory/")).json()["memories"]} == {0.5}
        assert (await ask(filled, "prune", min_importance=0.5))["archived_count"] == 0
        assert (await ask(filled, "prune", min_importance=0.51, dry_run="true"))["archived_count"] == 4

    async def test_another_account_is_not_touched(self, filled, serve):
        stranger = await serve("other")
        assert (await ask(stranger, "prune", max_age_days=0))["archived_count"] == 0
        assert len(await contents(filled)) == 4

    @pytest.mark.parametrize("params", [{"max_age_days": -1}, {"min_importance": 1.5}, {"max_memories": "many"}, {"dry_run": "perhaps"}])
    async def test_what_will_not_do_is_422(self, serve, params):
        answer = await (await serve("acme")).post("/v1/memory/prune", params=params)
        assert answer.status_code == 422
        assert answer.json()["details"][0]["loc"] == ["query", next(iter(params))]


async def test_related_memories_of_one_user_are_summed_up(filled):
    done = await ask(filled, "summarize")
    assert (done["job"], done["summaries_created"], done["memories_summarized"]) == ("summarization", 1, 3)
    rows = (await filled.get("/v1/memory/")).json()["memories"]
    assert {row["external_user_id"] for row in rows} == {JOHN, JANE}


@pytest.mark.parametrize(
    ("job", "told"),
    [
        ("pruning", {"archived_count": 0, "deleted_count": 0, "dry_run": False, "candidates": []}),
        ("summarization", {"summaries_created": 1, "memories_summarized": 3}),
        ("link-optimization", {"memories": 4, "links_added": 3, "links_removed": 0}),
        ("importance-recalculation", {"memories": 4, "recalculated": 0}),
    ],
)
async def test_each_job_tells_what_it_did(filled, job, told):
    done = await ask(filled, f"maintenance/{job}/")
    assert done == {"status": "success", "job": job, "duration_ms": done["duration_ms"], **told}


async def test_all_runs_every_job_in_sequence(filled):
    done = await ask(filled, "maintenance/all")
    assert [job["job"] for job in done["jobs"]] == ["importance-recalculation", "pruning", "summarization", "link-optimization"]
    assert {job["status"] for job in done["jobs"]} == {"success"}


@pytest.mark.parametrize("job", ["compaction", "upkeep", "undo", "ALL"])
async def test_a_job_there_is_not_is_400(serve, job):
    answer = await (await serve("acme")).post(f"/v1/memory/maintenance/{job}")
    assert (answer.status_code, list(answer.json())) == (400, ["detail"])


async def test_what_is_not_done_in_time_goes_on_and_says_so(serve, resources: Resources):
    client = await serve("acme", wait_timeout_s=0.05)
    answer = await client.post("/v1/memory/maintenance/all")
    assert (answer.status_code, list(answer.json())) == (503, ["detail"])
    assert int(answer.headers["retry-after"]) > 0
    assert len(await resources.jobs.unfinished()) == 4
