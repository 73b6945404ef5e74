"""Recalled: counted reads become part of the memories that were read, many in one commit."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog

from core import accesses
from core.accesses import Reads
from core.logging import told
from core.mailbox.place import place
from core.resources import Resources
from core.store.tending import Batch, Tender
from schemas.errors import MnemeError
from schemas.ids import new_id
from schemas.memory import Memory
from workers.ending import to_the_end
from workers.rules.importance import recalculated

SHARE = 0.02
"""Most of the time that folding a shard may take: what is folded is written anew, leaves the indexes, and is brought into them again."""

log = structlog.get_logger()


class Pace:
    """When each shard's reads are folded again: the more there were, the later."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._rests_until: dict[int, float] = {}

    def due(self, shard: int) -> bool:
        return self._monotonic() >= self._rests_until.get(shard, 0.0)

    @contextmanager
    def at(self, shard: int) -> Iterator[None]:
        """While a shard is folded, well or not."""
        began = self._monotonic()
        try:
            yield
        finally:
            ended = self._monotonic()
            self._rests_until[shard] = ended + (ended - began) * (1 / SHARE - 1)


async def recalled(ctx: dict[str, Any]) -> int:
    """arq cron function: fold the reads of every shard that has rested enough; gives how many memories got some."""
    resources: Resources = ctx["resources"]
    pace: Pace = ctx["pace"]  # one for all calls, as arq's `ctx` is a copy
    folded = 0
    for shard in filter(pace.due, range(resources.settings.shards)):
        try:
            with pace.at(shard):
                folded += await fold(shard, resources, ctx["name"])
        except (MnemeError, TimeoutError, OSError) as error:
            log.warning("accesses.unfolded", shard=shard, error=told(error))
    return folded


async def fold(shard: int, resources: Resources, name: str) -> int:
    """Fold a shard's reads into its rows: count, time, importance. Nothing where another process is at it."""
    folded, lease_s = 0, resources.settings.lease_s
    async with place(resources.redis, f"accesses:{shard}", f"{name}/{new_id()}", lease_s) as ours:
        while ours and (reads := await accesses.take(resources.redis, shard)):
            async with resources.mailbox.commit_lock(shard, name, lease_s):
                folded += await _fold(shard, reads, resources)
            await accesses.done(resources.redis, shard, reads)
    if folded:
        log.info("accesses.folded", shard=shard, memories=folded)
    return folded


async def _fold(shard: int, reads: Sequence[Reads], resources: Resources) -> int:
    """The goals are noted before they are committed: cut short and begun again, nothing counts twice."""
    tender = Tender(resources.store, shard)
    ids = [one.memory_id for one in reads]
    rows, links = await tender.stored(ids), await tender.links(ids)
    now = resources.clock()
    goals = {one.memory_id: _goal(one, rows[one.memory_id][0]) for one in reads if one.memory_id in rows}
    await accesses.intend(resources.redis, shard, reads, goals)
    degrees = {memory_id: len(row.links) for memory_id, row in links.items()}
    changed = [(_read(memory, goals, degrees, now), vector) for memory, vector in rows.values()]
    if changed:
        await to_the_end(tender.commit(Batch(rewritten=changed)))
    return len(changed)


def _goal(reads: Reads, memory: Memory) -> int:
    return memory.access_count + reads.times if reads.goal is None else max(memory.access_count, reads.goal)


def _read(memory: Memory, goals: Mapping[str, int], degrees: Mapping[str, int], now: datetime) -> Memory:
    read = replace(memory, access_count=goals[memory.id], last_access_at=now)
    return replace(read, importance=recalculated(read, degrees.get(memory.id, 0), now))
