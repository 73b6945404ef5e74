"""What those who listen are told about memories: by the pipeline, by maintenance, page by page and as a stream."""

import asyncio
from contextlib import aclosing

import pytest
from working import work

from core.lifecycle import Following, newest, page, place_in
from core.mailbox.keys import LIFE
from core.resources import Resources
from schemas.errors import BadInput, Gone, Unavailable
from schemas.event import MemoriesEdited, MemoriesForgotten, MemoryEdit, MessagesReceived
from schemas.maintenance import Job, Limits, Order
from schemas.message import Message
from schemas.scope import Scope
from workers.maintenance import run_job

SCOPE = Scope(owner="acme", user="ann")


async def say(resources: Resources, text: str) -> None:
    event = MessagesReceived(scope=SCOPE, messages=(Message(role="user", content=text),), infer=False)
    await resources.mailbox.accept([event])
    await work(resources)


async def told(resources: Resources, after: str = "0"):
    return [row.event for row in await page(resources.redis, "acme", after, 1000)]


async def test_a_memory_is_told_from_its_making_to_its_end(resources: Resources) -> None:
    await say(resources, "I love tea.")
    [added, done] = await told(resources)
    assert (added.kind, added.content, added.old_content, added.user_id) == ("memory.added", "I love tea.", None, "ann")
    assert (done.kind, done.event_id, done.counts) == ("event.done", added.event_id, {"ADD": 1})
    memory_id = added.memory_id
    await resources.mailbox.accept([MemoriesEdited(scope=SCOPE, edits=(MemoryEdit(memory_id=memory_id, content="I love green tea."),))])
    await work(resources)
    ctx = {"resources": resources, "name": "test"}
    for order in (
        Order(job=Job.PRUNING, owner="acme", limits=Limits(max_memories=0, archive_only=True)),
        Order(job=Job.RESTORATION, owner="acme"),
    ):
        run = await resources.jobs.start(order)
        await run_job(ctx, run.id)
    await resources.mailbox.accept([MemoriesForgotten(scope=SCOPE, memory_ids=(memory_id,))])
    await work(resources)
    of_memory = [event for event in await told(resources) if event.memory_id == memory_id]
    kinds = ["memory.added", "memory.updated", "memory.archived", "memory.restored", "memory.deleted"]
    assert [event.kind for event in of_memory] == kinds
    assert (of_memory[1].old_content, of_memory[1].content) == ("I love tea.", "I love green tea.")
    assert (of_memory[-1].old_content, of_memory[-1].content) == ("I love green tea.", None)
    assert len({event.id for event in of_memory}) == 5


async def test_a_stream_gives_what_is_there_then_what_comes_and_nothing_of_others(resources: Resources) -> None:
    await say(resources, "I love tea.")
    following = Following(resources.redis, 5)
    listening = asyncio.create_task(following.listen())
    async with asyncio.timeout(60), aclosing(following.follow("acme", "0-0")) as rows, aclosing(following.follow("other", "0-0")) as others:
        assert await anext(rows) is None
        assert await anext(others) is None
        first = [(await anext(rows)).event.kind for _ in range(2)]
        assert first == ["memory.added", "event.done"]
        coming = asyncio.create_task(anext(rows))
        await say(resources, "I love coffee.")
        assert (await coming).event.content == "I love coffee."
        assert await newest(resources.redis, "other") == "0-0"
        following.close()
        assert [row.event.kind async for row in rows] in (["event.done"], [])
        assert [row async for row in others] == []
    listening.cancel()


async def test_a_place_that_is_no_longer_kept_is_said_to_be_gone(resources: Resources) -> None:
    await say(resources, "I love tea.")
    [first, *_] = await page(resources.redis, "acme", "0", 10)
    assert await page(resources.redis, "acme", first.place, 10)
    await say(resources, "I love coffee.")
    await resources.redis.xtrim(LIFE + "acme", maxlen=1, approximate=False)
    with pytest.raises(Gone):
        await page(resources.redis, "acme", first.place, 10)
    assert await page(resources.redis, "acme", "0", 10)
    async with aclosing(Following(resources.redis, 5).follow("acme", first.place)) as rows:
        assert await anext(rows) is None
        with pytest.raises(Gone):
            await anext(rows)


async def test_a_reader_that_falls_behind_between_two_pages_is_told_that_it_missed_some(resources: Resources) -> None:
    await say(resources, "I love tea.")
    async with aclosing(Following(resources.redis, 5).follow("acme", "0-0")) as rows:
        assert await anext(rows) is None
        assert [(await anext(rows)).event.kind for _ in range(2)] == ["memory.added", "event.done"]
        for text in ("I love coffee.", "I play chess."):  # while it is slow to take what it was given
            await say(resources, text)
        await resources.redis.xtrim(LIFE + "acme", maxlen=2, approximate=False)
        with pytest.raises(Gone):
            await anext(rows)


async def test_only_so_many_streams_are_open_at_once(resources: Resources) -> None:
    following = Following(resources.redis, 1)
    async with aclosing(following.follow("acme", "0-0")) as rows:
        await anext(rows)
        with pytest.raises(Unavailable):
            await anext(following.follow("acme", "0-0"))
    async with aclosing(following.follow("acme", "0-0")) as rows:
        assert await anext(rows) is None


@pytest.mark.parametrize("place", ["x", "1-", "-", "+", "(1", "1" * 40, "１"])
def test_what_is_no_place_is_refused(place: str) -> None:
    with pytest.raises(BadInput):
        place_in(place)
