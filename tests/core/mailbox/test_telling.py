"""Lifecycle events: told once, in order, by whoever holds the commit lock, and never lost between a commit and its telling."""

import asyncio
from datetime import UTC, datetime

import orjson
import pytest

from core.lifecycle import Outbox, Waiting, waiting
from core.mailbox.keys import HOOKED, LIFE, OUTBOX
from schemas.errors import LeaseLost
from schemas.lifecycle import LifecycleEvent, LifecycleKind


def told(number: int, owner: str = "o") -> LifecycleEvent:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    return LifecycleEvent(id=str(number), kind=LifecycleKind.ADDED, owner=owner, memory_id=f"m{number}", content="x", event_id="e", at=at)


async def ids(post, key: str = LIFE + "o") -> list[str]:
    return [orjson.loads(fields[b"event"])["id"] for _, fields in await post.redis.xrange(key)]


async def test_a_closed_event_is_told_once_however_often_it_is_closed(post) -> None:
    await post.mailbox.accept([post.said(user="ann")])
    lease = await post.taken()
    [entry] = await post.mailbox.read(lease, count=1)
    await post.close(lease, entry)
    await post.close(lease, entry)
    [(_, fields)] = await post.redis.xrange(LIFE + "o")
    event = LifecycleEvent.model_validate_json(fields[b"event"])
    assert (event.kind, event.owner, event.user_id, event.event_id) == ("event.done", "o", "ann", entry.event.id)
    assert event.counts == {"ADD": 1}
    assert 0 < await post.redis.ttl(LIFE + "o") <= post.settings.lifecycle_ttl_s


async def test_a_buried_event_is_told_with_its_error(post) -> None:
    await post.mailbox.accept([post.said()])
    lease = await post.taken()
    [entry] = await post.mailbox.read(lease, count=1)
    await post.mailbox.bury(lease, entry, post.failed(entry))
    [(_, fields)] = await post.redis.xrange(LIFE + "o")
    event = LifecycleEvent.model_validate_json(fields[b"event"])
    assert (event.kind, event.reason) == ("event.failed", "it can't be read")


async def test_who_lost_the_commit_lock_tells_nothing(post) -> None:
    async with post.mailbox.commit_lock(0, "tender", 5) as holder:
        with pytest.raises(LeaseLost):
            await post.mailbox.tell(0, "somebody else", [told(1)])
        with pytest.raises(LeaseLost):
            await post.mailbox.promise(0, "somebody else", [told(1)])
        await post.mailbox.tell(0, holder, [told(2)])
    assert await ids(post) == ["2"]


async def test_what_a_dead_tender_promised_is_told_by_the_next_owner_before_its_own(post) -> None:
    async with post.mailbox.commit_lock(0, "tender", 5) as holder:
        await post.mailbox.promise(0, holder, [told(1), told(2)])
    assert await post.mailbox.untold() == [0]
    assert await ids(post) == []
    lease = await post.taken()
    await post.mailbox.begin_commit(lease)
    await post.mailbox.tell(0, lease.holder, [told(3)], let_go=True)
    assert await ids(post) == ["1", "2", "3"]
    assert await post.mailbox.untold() == []
    async with asyncio.timeout(60), post.mailbox.commit_lock(0, "tender", 5):
        pass  # telling gave the lock back


async def test_an_owners_stream_is_bounded(make_post) -> None:
    post = make_post(lifecycle_max=100)
    async with post.mailbox.commit_lock(0, "tender", 5) as holder:
        await post.mailbox.tell(0, holder, [told(number) for number in range(2_500)])
    kept = await ids(post)
    assert 100 <= len(kept) <= 300
    assert kept[-1] == "2499"


async def test_the_outbox_takes_only_what_somebody_wants(post, make_post) -> None:
    await post.redis.hset(HOOKED, "hooked", 1)
    async with post.mailbox.commit_lock(0, "tender", 5) as holder:
        await post.mailbox.tell(0, holder, [told(1), told(2, "hooked"), told(3)])
        assert await ids(post, OUTBOX) == ["2"]
        await make_post(broker_urls="redis").mailbox.tell(0, holder, [told(4)])
    assert await ids(post, OUTBOX) == ["2", "4"]


async def test_what_the_outbox_drops_is_counted_and_each_burst_told_once(make_post) -> None:
    post = make_post(broker_urls="redis", outbox_max=100)
    async with post.mailbox.commit_lock(0, "tender", 5) as holder:
        await post.mailbox.tell(0, holder, [told(number) for number in range(1_000)])
    dropped = 1_000 - await post.redis.xlen(OUTBOX)
    assert dropped > 500
    assert await waiting(post.redis) == Waiting(events=1_000 - dropped, dropped=dropped)
    assert await post.mailbox.dropped(quiet_s=60) == 0, "more may come"
    assert await post.mailbox.dropped(quiet_s=0) == dropped
    assert await post.mailbox.dropped(quiet_s=0) == 0, "it was told"
    assert (await waiting(post.redis)).dropped == dropped


async def test_what_every_reader_took_was_not_dropped(make_post) -> None:
    post = make_post(broker_urls="redis", outbox_max=100)
    outbox = Outbox(post.redis, "broker:redis", ["broker:redis"])
    for _ in range(10):
        async with post.mailbox.commit_lock(0, "tender", 5) as holder:
            await post.mailbox.tell(0, holder, [told(number) for number in range(90)])
        await outbox.done((await outbox.read())[-1])
    assert await post.mailbox.dropped(quiet_s=0) == 0
