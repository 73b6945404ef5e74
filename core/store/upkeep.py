"""Upkeep: compaction, fresh indexes, old versions removed; as often as it pays, and never more than a tenth of the time."""

import asyncio
import re
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from lancedb import AsyncTable
from lancedb.index import IvfRq

from core.store import fragments
from core.store.connection import Store, ensure_indexes
from core.store.disk import Disk
from core.store.engine import UPKEEP_S, answer
from core.store.joining import FULL_ROWS, Preempted
from core.store.nearest import VECTOR_INDEX_ROWS
from core.store.replaced import Replaced
from core.store.tables import CONTROL, indexes, shard_tables

KEEP_VERSIONS = timedelta(minutes=10)
"""So long a version stays that was replaced: a reader may be in the middle of it."""
_PRUNE_EVERY_S = 60.0
FRAGMENTS_DUE = 20
"""A table in this many pieces that are not full is due: each commit adds one, and every read opens them all."""
FRAGMENTS_MAX = 3 * FRAGMENTS_DUE
"""In so many pieces a table is joined though that holds up its commits."""
_TRIES = 2
UNINDEXED_DUE = 1_000
"""A table with this many rows outside its indexes is due: each search compares them all, 4 ms for a thousand."""
UNINDEXED_SOON = 100
SOON_S = 30.0
"""After so many seconds so few of them are enough."""
SHARE = 0.1
"""Most of the time that upkeep of a table may take."""
VISITORS = 2
"""Shards tended at once: one waits for the disk or an object store while the other computes."""
REGROW = 4
"""The vector index is trained anew when the table has grown so many times over."""
_CONTROL = (*CONTROL, "meta")
_UNSEEN = -1
"""No table's version."""
Lock = Callable[[], AbstractAsyncContextManager[object]]
Join = Callable[[AsyncTable, Disk], Awaitable[int]]
Report = dict[str, float]


@dataclass(slots=True)
class _Visit:
    """The last upkeep of a table, or the look that found it in order."""

    ended_s: float
    cost_s: float
    version: int
    """The table's, where all of it is in the indexes; a commit came between where it is not."""
    owes_pruning: bool
    """It may have left versions that were too young to be removed."""


class Upkeep:
    """Upkeep of a store's tables: nothing that is read or committed waits for it, unless joining fails for the commits beside it."""

    def __init__(self, store: Store, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.visitors = asyncio.Semaphore(VISITORS)
        """To be asked for before visiting shards: so many at a time."""
        self._store = store
        self._monotonic = monotonic
        self._visits: dict[str, _Visit] = {}
        self._unvisited = _Visit(monotonic(), 0.0, _UNSEEN, owes_pruning=True)
        """What was left by another process may wait as if it had just been tended: a start has enough to do."""
        self._pruned: dict[str, float] = {}
        """When, by table."""
        self._replaced = defaultdict[str, Replaced](lambda: Replaced(KEEP_VERSIONS))

    async def due(self, shard: int) -> bool:
        """Whether the shard's tables want upkeep, and it would not take more than its share of the time."""
        for name in shard_tables(shard):
            if await self._due(name):
                return True
        return False

    async def run(self, shard: int, lock: Lock = nullcontext) -> Report:
        """Tend the shard's tables, beside their commits; only one at a time for a shard, and none while its files are rewritten otherwise.

        `lock` gives the shard's commit lock, for joining what commits never let be joined. Gives what was done: counts by name,
        `held_ms` of the lock, and `duration_ms`, without what was waited for.
        """
        return await self._tend(shard_tables(shard), lock)

    async def control_due(self) -> bool:
        """Whether the tables of keys and owners want upkeep."""
        for name in _CONTROL:
            if await self._due(name):
                return True
        return False

    async def run_control(self) -> Report:
        """Tend the tables of keys and owners. They need no lock: LanceDB merges the few commits that meet, but for two upkeeps."""
        async with self._store.tending:
            return await self._tend(_CONTROL, nullcontext)

    async def _due(self, name: str) -> bool:
        visit, now = self._visits.get(name, self._unvisited), self._monotonic()
        if now - visit.ended_s < visit.cost_s * (1 / SHARE - 1):
            return False
        table = await self._store.reading(name)
        if (version := await answer(table.version())) == visit.version:
            return visit.owes_pruning and now - visit.ended_s > KEEP_VERSIONS.total_seconds()
        if now - visit.ended_s > KEEP_VERSIONS.total_seconds():
            return True
        if await _fragments_to_join(table) >= FRAGMENTS_DUE:
            return True
        unindexed = await _unindexed(table)
        if unindexed >= (UNINDEXED_SOON if now - visit.ended_s > SOON_S else UNINDEXED_DUE):
            return True
        return visit is self._unvisited and await self._left_undone(name, table, version, unindexed)

    async def _left_undone(self, name: str, table: AsyncTable, version: int, unindexed: int) -> bool:
        """Whether a table not visited yet lacks its vector index. One that lacks nothing is let alone while nobody writes to it."""
        if _trains(name) and await wants_training(table):
            return True
        if not unindexed:
            self._visits[name] = _Visit(self._monotonic(), 0.0, version, owes_pruning=True)
        return False

    async def _tend(self, names: Sequence[str], lock: Lock) -> Report:
        done: Report = dict.fromkeys(
            ("fragments_removed", "index_pieces_merged", "versions_removed", "vector_indexes_built", "held_ms", "duration_ms"), 0
        )
        for name in names:
            cost_s, before, after = await self._compact(name, lock, done)
            rested = self._rested(name, before, after)
            cost_s += await self._prune(name, rested, done)
            if _trains(name) and await wants_training(await self._store.reading(name)):
                cost_s += await self._train(name, done)
            done["duration_ms"] += cost_s * 1_000
            seen = _UNSEEN if await _unindexed(await self._store.reading(name)) else after
            self._visits[name] = _Visit(self._monotonic(), cost_s, seen, owes_pruning=not rested)
        return {name: round(count, 1) for name, count in done.items()}

    async def _compact(self, name: str, lock: Lock, done: Report) -> tuple[float, int, int]:
        """Seconds it took, and the versions it began and ended with; those of commits beside it are among them."""
        began = self._monotonic()
        table = await self._store.writing(name)
        before = await answer(table.version())
        await ensure_indexes(table, indexes(name))
        waited_s = await self._join(fragments.join_new, table, lock, done)
        done["index_pieces_merged"] += await fragments.index(table)
        waited_s += await self._join(fragments.join_old, table, lock, done)
        await self._store.disk.sync()
        after, ended = await answer(table.version()), self._monotonic()
        if after != before:
            self._replaced[name].note(began, ended)
        return ended - began - waited_s, before, after

    async def _join(self, join: Join, table: AsyncTable, lock: Lock, done: Report) -> float:
        """Seconds it waited for the lock. It takes it where commits change what is being joined each time and the table is in far
        too many pieces; with fewer the next visit tries again."""
        for _ in range(_TRIES):
            with suppress(Preempted):
                await self._joined(join, table, done)
                return 0.0
        if await _fragments_to_join(table) < FRAGMENTS_MAX:
            return 0.0
        asked = self._monotonic()
        async with lock():
            held = self._monotonic()
            await self._joined(join, table, done)
            done["held_ms"] += (self._monotonic() - held) * 1_000
        return held - asked

    async def _joined(self, join: Join, table: AsyncTable, done: Report) -> None:
        if removed := await join(table, self._store.disk):
            await self._store.disk.sync()
        done["fragments_removed"] += removed

    def _rested(self, name: str, before: int, after: int) -> bool:
        """Whether all versions but the latest were replaced long ago: nothing is written to the table, nor was when it was last visited."""
        last = self._visits.get(name)
        return last is not None and last.version == before == after and self._monotonic() - last.ended_s > KEEP_VERSIONS.total_seconds()

    async def _prune(self, name: str, rested: bool, done: Report) -> float:
        """Seconds it took. It needs no lock, for it touches nothing that the latest version names; it reads what each version names."""
        started = self._monotonic()
        if (age := self._removable(name, rested, started)) is None:
            return 0.0
        done["versions_removed"] += await fragments.prune(await self._store.writing(name), age)
        self._pruned[name] = started
        return self._monotonic() - started

    def _removable(self, name: str, rested: bool, now: float) -> timedelta | None:
        """How old a version has to be to be removed, so that it was replaced long enough ago; None where none is to be looked for."""
        if rested:
            return KEEP_VERSIONS
        if now - self._pruned.get(name, -_PRUNE_EVERY_S) < _PRUNE_EVERY_S:
            return None
        return self._replaced[name].age(now)

    async def _train(self, name: str, done: Report) -> float:
        started = self._monotonic()
        done["vector_indexes_built"] += await train(await self._store.writing(name))
        await self._store.disk.sync()
        return self._monotonic() - started


def _trains(name: str) -> bool:
    return name.startswith("memories_")


async def _fragments_to_join(table: AsyncTable) -> int:
    """About how many of the table's pieces are not full."""
    stats: Any = await answer(table.stats())  # a dict, whatever its type says
    return int(stats["fragment_stats"]["num_fragments"]) - await answer(table.count_rows()) // FULL_ROWS


async def _unindexed(table: AsyncTable) -> int:
    """Rows that the first of its indexes lacks: all are brought up to date together."""
    first = next(iter(indexes(table.name)), None)
    stats = await answer(table.index_stats(f"{first}_idx")) if first else None
    return stats.num_unindexed_rows if stats else 0


async def train(table: AsyncTable) -> int:
    """Build the vector index where `wants_training`; gives how many were built.

    Its name says over how many rows. 4 bits: with 1, recall is 0.35 unless thousands of rows are compared again.
    """
    if not await wants_training(table):
        return 0
    there, rows = await _vector_indexes(table), await answer(table.count_rows())
    config = IvfRq(distance_type="cosine", num_bits=4)
    await answer(table.create_index("vector", config=config, name=f"vector_{rows}"), UPKEEP_S)
    for name in there:
        await answer(table.drop_index(name))
    return 1


async def wants_training(table: AsyncTable) -> bool:
    """Whether the rows are enough for a vector index and there is none, or are many times those it was built over."""
    rows = await answer(table.count_rows())
    trained = max((int(found[0]) for name in await _vector_indexes(table) if (found := re.findall(r"\d+$", name))), default=0)
    return rows >= VECTOR_INDEX_ROWS and rows >= trained * REGROW


async def _vector_indexes(table: AsyncTable) -> list[str]:
    return [index.name for index in await answer(table.list_indices()) if "vector" in index.columns]


async def drop_vector_index(table: AsyncTable) -> bool:
    """Whether there was one."""
    there = await _vector_indexes(table)
    for name in there:
        await answer(table.drop_index(name))
    return bool(there)
