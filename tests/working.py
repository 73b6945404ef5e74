"""Working off what was accepted, in this process: what a worker does, without waiting for one."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from core.resources import Resources
from schemas.errors import Unavailable
from workers.drain import drain
from workers.stages.embed import MicroBatcher, micro_batcher


async def work(resources: Resources, owner: str = "test") -> int:
    """Handle everything that waits; gives how many events were closed."""
    closed = 0
    async with micro_batcher(resources.embedder) as batcher:
        while shards := await resources.mailbox.unowned():
            closed += sum(await asyncio.gather(*(drain(shard, resources, batcher, owner) for shard in shards)))
    return closed


@asynccontextmanager
async def a_worker(resources: Resources) -> AsyncIterator[None]:
    """What comes while the block runs is handled, every shard on its own, as if each had a worker."""
    evening = asyncio.Event()

    async def tend(shard: int, batcher: MicroBatcher) -> None:
        while not evening.is_set():
            with suppress(Unavailable):  # a busy machine's Redis: as a real worker, it tries again
                if shard in await resources.mailbox.unowned():
                    await drain(shard, resources, batcher, f"worker-{shard}")
            await asyncio.sleep(0.005)

    async with micro_batcher(resources.embedder) as batcher, asyncio.TaskGroup() as owners:
        for shard in range(resources.settings.shards):
            owners.create_task(tend(shard, batcher))
        yield
        evening.set()
