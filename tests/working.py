"""Working off what was accepted, in this process: what a worker does, without waiting for one."""

import asyncio

from core.resources import Resources
from workers.drain import drain
from workers.stages.embed import micro_batcher


async def work(resources: Resources, owner: str = "test") -> int:
    """Handle everything that waits; gives how many events were closed."""
    closed = 0
    async with micro_batcher(resources.embedder) as batcher:
        while shards := await resources.mailbox.unowned():
            closed += sum(await asyncio.gather(*(drain(shard, resources, batcher, owner) for shard in shards)))
    return closed
