"""Lines become events of a job, each once; the job counts what becomes of them, whoever handles them and whenever."""

import asyncio
import json
from dataclasses import replace

import pytest
from working import work

from core.mailbox import Mailbox
from core.mailbox.wake import ArqWake
from core.resources import Resources
from ingest.bulk.lines import Line
from ingest.bulk.upload import Upload
from schemas.bulk import BulkJob
from schemas.errors import NotFound, Refused


def lines(*contents: str, first: int = 1, **fields: object) -> list[Line]:
    told = [{"user_id": "alice", "content": content, "infer": False, **fields} for content in contents]
    return [Line(number, json.dumps(one).encode()) for number, one in enumerate(told, first)]


@pytest.fixture
async def upload(resources: Resources) -> Upload:
    begun = Upload(resources, "acme", "job")
    await begun.begin()
    return begun


def counts(job: BulkJob) -> dict[str, int]:
    names = ("received", "accepted", "repeated", "refused", "stored", "skipped", "failed", "memories")
    return {name: value for name in names if (value := getattr(job, name))}


async def test_a_job_counts_what_becomes_of_its_lines(resources, upload):
    refused = await upload.take(
        [*lines("I love tea.", "I own a cat."), *lines("What time is it?", infer=True, first=3), Line(4, b"rubbish")]
    )
    assert [(one.line, "not valid JSON" in one.error) for one in refused] == [(4, True)]
    await upload.end()
    before = await upload.state()
    assert counts(before) == {"received": 4, "accepted": 3, "refused": 1}
    assert not before.done
    await work(resources)
    after = await upload.state()
    assert counts(after) == {"received": 4, "accepted": 3, "refused": 1, "stored": 2, "skipped": 1, "memories": 2}
    assert (after.done, after.seconds_left, [one.line for one in after.errors]) == (True, 0.0, [4])
    assert after.rate > 0


async def test_the_same_lines_sent_again_change_nothing(resources, upload):
    await upload.take(lines("I love tea.", "I love tea."))
    await upload.take(lines("I love tea.", "I love tea."))
    await work(resources)
    await upload.take(lines("I love tea.", "I love tea."))
    assert await work(resources) == 0
    assert counts(await upload.state()) == {"received": 6, "accepted": 2, "repeated": 4, "stored": 1, "skipped": 1, "memories": 1}


async def test_a_key_of_its_own_is_the_same_in_every_job(resources, upload):
    other = Upload(resources, "acme", "other")
    await other.begin()
    await upload.take(lines("I love tea.", idempotency_key="k"))
    await other.take(lines("I love tea.", idempotency_key="k", first=7))
    assert counts(await upload.state()) == {"received": 1, "accepted": 1}
    assert counts(await other.state()) == {"received": 1, "repeated": 1}


async def test_every_line_goes_through_the_bulk_lane(resources, upload):
    await upload.take(lines("I love tea.", lane="live"))
    assert [(depth.live, depth.bulk) for depth in (await resources.mailbox.depth()).values() if depth.live or depth.bulk] == [(0, 1)]


async def test_another_account_sees_nothing_of_a_job(resources, upload):
    await upload.take(lines("I love tea."))
    with pytest.raises(NotFound):
        await resources.bulk.get("other", "job")
    assert await resources.bulk.page("other", 10) == []
    assert [job.name for job in await resources.bulk.page("acme", 10)] == ["job"]


async def test_while_a_mailbox_is_full_the_upload_waits_and_loses_nothing(settings, resources, redis):
    small = Mailbox(redis, settings.model_copy(update={"subject_max_events": 5}), wake=ArqWake(redis))
    crowded = Upload(replace(resources, mailbox=small), "acme", "job")
    await crowded.begin()
    async with asyncio.timeout(60):
        taking = asyncio.create_task(crowded.take(lines(*(f"Note {number}." for number in range(12)))))
        while not taking.done():
            await work(resources)
            await asyncio.sleep(0.01)
    assert await taking == []
    await work(resources)
    job = await crowded.state()
    assert counts(job) == {"received": 12, "accepted": 12, "stored": 12, "memories": 12}


async def test_what_fails_is_counted_and_counted_anew_when_replayed(resources, upload):
    resources.embedder.fails = lambda texts: Refused("no")
    await upload.take(lines("I love tea."))
    await work(resources)
    assert counts(await upload.state()) == {"received": 1, "accepted": 1, "failed": 1}
    resources.embedder.fails = lambda texts: None
    [letter] = await resources.mailbox.dead_letters.list()
    await resources.mailbox.dead_letters.replay([letter.id])
    await work(resources)
    assert counts(await upload.state()) == {"received": 1, "accepted": 1, "stored": 1, "memories": 1}


async def test_a_job_that_has_expired_is_not_half_made_again(resources, upload, redis):
    await upload.take(lines("I love tea."))
    await redis.delete(*await redis.keys("mneme:bulk:*"))
    await work(resources)
    assert await redis.keys("mneme:bulk:*") == []


async def test_an_api_key_in_a_line_is_refused(upload):
    [refused] = await upload.take(lines("I love tea.", api_key="mlive_x"))
    assert "Authorization" in refused.error
