"""The relay: what was told reaches the broker in order, over restarts of whoever hands it on, and is then removed."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from core.bus.names import EVENTS
from core.lifecycle import Told
from core.mailbox import Mailbox
from core.mailbox.keys import OUTBOX
from core.resources import Resources
from schemas.lifecycle import LifecycleEvent, LifecycleKind
from workers.relay.brokers import broker_roads
from workers.relay.relaying import HandOn, relaying


def told(number: int) -> LifecycleEvent:
    return LifecycleEvent(id=str(number), kind=LifecycleKind.ADDED, owner="acme", event_id="e", at=datetime(2026, 6, 1, tzinfo=UTC))


def with_broker(resources: Resources, lease_s: float = 2.0) -> Resources:
    """What is told goes to a broker as well."""
    settings = resources.settings.model_copy(update={"broker_urls": "redis", "lease_s": lease_s})
    return dataclasses.replace(resources, settings=settings, mailbox=Mailbox(resources.redis, settings, wake=resources.mailbox.wake))


async def tell(resources: Resources, *events: LifecycleEvent) -> None:
    async with resources.mailbox.commit_lock(0, "test", 5) as holder:
        await resources.mailbox.tell(0, holder, events)


async def published(resources: Resources, count: int) -> list[str]:
    """The ids in order, each where it came first: an event may come again after a stop."""
    ids: list[str] = []
    async with asyncio.timeout(60):
        while len(ids) < count:
            await asyncio.sleep(0.02)
            ids = list(dict.fromkeys(fields[b"id"].decode() for _, fields in await resources.redis.xrange(EVENTS)))
    return ids


async def test_what_is_told_reaches_the_broker_also_when_the_relay_was_away(resources: Resources) -> None:
    resources = with_broker(resources)
    failed: list[Told] = []

    @asynccontextmanager
    async def broken() -> AsyncIterator[HandOn]:
        async def hand_on(events: Sequence[Told]) -> None:
            failed.extend(events)
            raise ConnectionError("away")

        yield hand_on

    await tell(resources, told(1), told(2))
    for numbers in ([1, 2], [1, 2, 3, 4]):
        async with relaying(resources, "test", {**broker_roads(resources.settings), "broken": broken}):
            assert await published(resources, len(numbers)) == list(map(str, numbers))
        await tell(resources, told(numbers[-1] + 1), told(numbers[-1] + 2))
    assert failed
    assert await resources.redis.xlen(OUTBOX) == 6  # kept for who has none of them yet
    async with relaying(resources, "test", broker_roads(resources.settings)):
        assert await published(resources, 6) == list("123456")
        async with asyncio.timeout(60):
            while await resources.redis.xlen(OUTBOX):  # noqa: ASYNC110
                await asyncio.sleep(0.02)


async def test_a_relay_that_is_stopped_ends_what_it_was_handing_on(resources: Resources) -> None:
    resources = with_broker(resources, lease_s=60)
    handed: list[str] = []
    begun, going_on = asyncio.Event(), asyncio.Event()

    @asynccontextmanager
    async def slow() -> AsyncIterator[HandOn]:
        async def hand_on(events: Sequence[Told]) -> None:
            begun.set()
            await going_on.wait()
            handed.extend(event.event.id for event in events)

        yield hand_on

    await tell(resources, told(1))
    async with asyncio.timeout(60), relaying(resources, "test", {"slow": slow}):
        await begun.wait()
        asyncio.get_running_loop().call_later(0.1, going_on.set)
    assert handed == ["1"]
    assert await resources.redis.xlen(OUTBOX) == 0  # noted too: the next one does not hand it on again
