"""Shard: everything the owner of a shard works with; built anew each time the shard is taken."""

from dataclasses import dataclass

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

    @property
    def number(self) -> int:
        return self.lease.shard
