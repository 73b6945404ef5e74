"""Shard: everything the owner of a shard works with; built anew each time the shard is taken."""

import asyncio
from dataclasses import dataclass, field

from core.mailbox.lease import Lease
from core.resources import Resources
from core.store.writer import ShardWriter
from workers.stages.embed import MicroBatcher


@dataclass(frozen=True, slots=True)
class Shard:
    resources: Resources
    batcher: MicroBatcher
    lease: Lease
    writer: ShardWriter
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Who reads messages in this thread."""

    @property
    def number(self) -> int:
        return self.lease.shard
