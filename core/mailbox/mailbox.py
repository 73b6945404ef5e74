"""Mailbox: the accepted events of every shard, from the door to their closed receipts."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from redis.asyncio import Redis

from core.mailbox.commit_lock import CommitLocks
from core.mailbox.dead_letters import DeadLetters
from core.mailbox.handling import Handling
from core.mailbox.intake import Intake, Wake
from core.mailbox.keys import WEIGHT
from core.mailbox.lease import Leases
from core.redis import patiently
from core.settings import Settings


@dataclass(frozen=True, slots=True)
class Depth:
    """A shard's entries that are not closed, by lane, and whether someone owns it."""

    live: int
    bulk: int
    owned: bool
    oldest_age_s: float | None
    """None when it is empty."""
    bytes: int
    """Of those events, as JSON."""


class Mailbox(Intake, Handling, Leases, CommitLocks):
    """Two streams a shard, live and bulk. An entry stays until its receipt is closed, so whoever dies, another finds it there."""

    def __init__(self, redis: Redis, settings: Settings, *, wake: Wake, fence: Callable[[int], Awaitable[None]] | None = None) -> None:
        """`wake` asks for an owner of a shard; it may fail or be lost, a sweep over `unowned` makes up for it.

        `fence` makes every commit of a shard fail that was begun before it; who never commits need not give it.
        """
        super().__init__(redis, settings, wake=wake)
        self._fence = fence
        self.dead_letters = DeadLetters(redis, self._accept)

    async def depth(self) -> dict[int, Depth]:
        """Every shard's."""
        now, rows = await self._scripts.run("survey", [self.shards])
        return {shard: _depth(int(now), row) for shard, row in enumerate(rows)}

    async def receipts_bytes(self) -> tuple[int, int]:
        """What closed receipts take of Redis' memory, about, and the most they may take."""
        taken = await patiently(lambda: self._redis.get(WEIGHT))
        return int(taken or 0), await self._room.for_receipts(self._settings.receipts_max_bytes)

    async def unowned(self) -> list[int]:
        """Shards that have entries and no owner."""
        return [shard for shard, depth in (await self.depth()).items() if depth.oldest_age_s is not None and not depth.owned]

    async def oldest_age_s(self) -> float | None:
        """How long the oldest entry has been waiting, by Redis' clock; None when all is done."""
        return max((depth.oldest_age_s for depth in (await self.depth()).values() if depth.oldest_age_s is not None), default=None)


def _depth(now: int, row: tuple[int, int, int, bytes, bytes, int]) -> Depth:
    live, bulk, owned, *oldest, size = row
    stamps = [int(entry_id.partition(b"-")[0]) * 1000 for entry_id in oldest if entry_id]
    age_s = max(0.0, (now - min(stamps)) / 1e6) if stamps else None
    return Depth(live, bulk, bool(owned), age_s, size)
