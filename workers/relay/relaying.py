"""Relaying: each reader of the outbox, on one machine at a time, hands on what lies there for as long as a tender lives."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import structlog

from core.lifecycle import Outbox, Told
from core.mailbox.place import place
from core.resources import Resources
from schemas.ids import new_id

log = structlog.get_logger()

HandOn = Callable[[Sequence[Told]], Awaitable[None]]
"""Returns when they need not be read again."""
Road = Callable[[], AbstractAsyncContextManager[HandOn]]
_PAUSE_S = (0.5, 15.0)
"""First and longest pause after something went wrong."""
_END_SHARE = 0.15
"""How long who is told to stop may take to end what it is handing on, in leases: less than what is left of one that can't be kept."""


@asynccontextmanager
async def relaying(resources: Resources, name: str, roads: dict[str, Road]) -> AsyncIterator[None]:
    """Hand on by every road, side by side, while the block runs: what is away holds up nobody else."""
    tasks = [asyncio.create_task(_again_and_again(reader, road, resources, name, list(roads))) for reader, road in roads.items()]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again_and_again(reader: str, road: Road, resources: Resources, name: str, readers: Sequence[str]) -> None:
    first_s, longest_s = _PAUSE_S
    pause_s = first_s
    while True:
        try:
            async with place(resources.redis, f"relay:{reader}", f"{name}/{new_id()}", resources.settings.lease_s) as ours:
                if ours:
                    async with road() as hand_on:
                        pause_s = first_s
                        await _relay(Outbox(resources.redis, reader, readers), hand_on, _END_SHARE * resources.settings.lease_s)
            await asyncio.sleep(resources.settings.lease_s)
            continue
        except Exception as error:  # each broker's library has a tree of its own
            log.warning("relay.interrupted", reader=reader, error=type(error).__name__, wait_s=pause_s)
            log.debug("relay.interrupted_because", exc_info=error)
        await asyncio.sleep(pause_s)
        pause_s = min(longest_s, 2 * pause_s)


async def _relay(outbox: Outbox, hand_on: HandOn, end_s: float) -> None:
    while True:
        if events := await outbox.read():
            await _in_time(_hand_on(outbox, hand_on, events), end_s)


async def _hand_on(outbox: Outbox, hand_on: HandOn, events: Sequence[Told]) -> None:
    await hand_on(events)
    await outbox.done(events[-1])


async def _in_time(work: Coroutine[None, None, None], end_s: float) -> None:
    """Cancelled in the middle, give it a moment to end: what was handed on and not noted would be handed on twice."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=end_s)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise
