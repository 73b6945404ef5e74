"""Measuring: one sample of a running install, from /proc, its folder, its store, its log and a few calls."""

import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import orjson

from bench.growth.made import user
from bench.growth.prober import Probe, Probes
from bench.growth.sample import Sample, Stalls, Tables, Upkeeps
from bench.install import Install
from bench.rest import Usage, family, usage
from bench.soak.install import VICTIMS
from bench.texts import questions, statements
from bench.wire import Wire
from core.models.space import space_of
from core.settings import Settings
from core.store.connection import Store
from core.store.tables import history_name, journal_name, links_name, memories_name

_KINDS = {"memories": memories_name, "history": history_name, "links": links_name, "journal": journal_name}
_SEARCHES, _ADDS = 40, 15
Upkeep = tuple[float, float, dict[str, Any]]
"""When one began and ended, in seconds since 1970, and what the log says of it."""


@dataclass(slots=True)
class Measuring:
    own: Install
    folder: Path
    probes: Probes
    store: Store
    wire: Wire
    _began: float = field(default_factory=time.monotonic)
    _log_read: int = 0

    @classmethod
    @asynccontextmanager
    async def of(cls, own: Install, folder: Path, probes: Probes) -> AsyncIterator["Measuring"]:
        settings = Settings(data_dir=folder / "data")
        name, dimension = space_of(settings)
        store = await Store.open(settings.store_location, shards=settings.shards, embedding_model=name, dimension=dimension)
        async with Wire.to(own) as wire:
            yield cls(own, folder, probes, store, wire)
        await store.close()

    async def sample(self, fed: int) -> Sample:
        """Now that so many memories were fed."""
        search_ms, add_ms = await self._searches(fed), await self._adds()
        upkeeps, probes, uses = list(self._upkeeps()), self.probes.new(), dict(self._uses())
        return Sample(
            at_s=time.monotonic() - self._began,
            memories=sum([await (await self.store.reading(memories_name(shard))).count_rows() for shard in range(self.store.shards)]),
            commits=sum([await (await self.store.reading(memories_name(shard))).version() for shard in range(self.store.shards)]),
            rss_mb={name: use.rss_mb for name, use in uses.items()},
            pss_mb={name: use.pss_mb for name, use in uses.items()},
            tables={kind: await self._tables(name) for kind, name in _KINDS.items()},
            disk_mb=_size(self.folder / "data" / "store") / 2**20,
            search_p50_ms=float(np.percentile(search_ms, 50)),
            search_p95_ms=float(np.percentile(search_ms, 95)),
            add_p50_ms=float(np.percentile(add_ms, 50)),
            reads=_stalls([probe for probe in probes if probe.kind == "read"], upkeeps),
            writes=_stalls([probe for probe in probes if probe.kind == "write"], upkeeps),
            upkeep=_told(upkeeps),
        )

    async def _searches(self, fed: int) -> list[float]:
        asked = questions(seed=time.time_ns())
        return await _timed(_SEARCHES, lambda: self.wire.search(user(random.randrange(max(1, fed))), next(asked)))

    async def _adds(self) -> list[float]:
        texts = statements(seed=time.time_ns())
        return await _timed(_ADDS, lambda: self.wire.add(f"adder{random.randrange(10**6)}", [next(texts)], infer=True, wait=True))

    def _uses(self) -> Iterable[tuple[str, Usage]]:
        for pid in family(self.own.pid):
            use = usage(pid)
            yield from ((name, use) for name, words in VICTIMS.items() if words in use.name)

    async def _tables(self, name: Callable[[int], str]) -> Tables:
        fragments, versions, indices, unindexed = [], 0, 0, 0
        for shard in range(self.store.shards):
            table = await self.store.reading(name(shard))
            stats: Any = await table.stats()
            fragments.append(int(stats["fragment_stats"]["num_fragments"]))
            indices += len(await table.list_indices())
            by_id = await table.index_stats("id_idx")
            unindexed += by_id.num_unindexed_rows if by_id else 0
            versions += sum(1 for _ in (self.folder / "data" / "store" / f"{name(shard)}.lance" / "_versions").glob("*.manifest"))
        return Tables(fragments=max(fragments), versions=versions, indices=indices, unindexed=unindexed)

    def _upkeeps(self) -> Iterable[Upkeep]:
        """From the log's lines since the last time."""
        with (self.folder / "up.log").open(errors="replace") as log:
            log.seek(self._log_read)
            for line in iter(log.readline, ""):
                if "tended" in line and line.endswith("}\n"):
                    told = orjson.loads(line[line.index("{") :])
                    ended = datetime.fromisoformat(told["timestamp"]).timestamp()
                    yield ended - told.get("duration_ms", 0) / 1000, ended, told
            self._log_read = log.tell()


async def _timed(times: int, call: Callable[[], Awaitable[object]]) -> list[float]:
    """Milliseconds of each call."""
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        await call()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def _stalls(probes: Sequence[Probe], upkeeps: Sequence[Upkeep]) -> Stalls:
    beside = [
        probe.ms for probe in probes if any(probe.began < ended and began < probe.began + probe.ms / 1000 for began, ended, _ in upkeeps)
    ]
    return Stalls(
        calls=len(probes),
        failed=sum(probe.failed for probe in probes),
        worst_ms=max((probe.ms for probe in probes), default=0.0),
        worst_in_upkeep_ms=max(beside, default=0.0),
    )


def _told(upkeeps: Sequence[Upkeep]) -> Upkeeps:
    told = [line for _, _, line in upkeeps]
    return Upkeeps(
        runs=sum(line["event"] == "shard.tended" for line in told),
        longest_ms=max((line.get("duration_ms", 0.0) for line in told), default=0.0),
        vector_indexes=sum(line.get("vector_indexes_built", 0) for line in told),
        failed=sum(line["event"].endswith("untended") for line in told),
    )


def _size(folder: Path) -> int:
    """Bytes of all files; one that upkeep removes meanwhile counts nothing."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.stat(f"{place}/{name}").st_size
            except FileNotFoundError:
                continue
    return total
