"""Feeding a running install, by one of two roads."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Protocol

from bench.growth.made import Row, made
from bench.install import Install
from bench.wire import Wire
from core.resources import Resources, open_resources
from core.settings import Settings
from core.store.writer import ShardWriter
from schemas.portable import dump_memory
from schemas.scope import shard_of

_PART = 1_000
"""Lines of an upload."""
_BACKLOG = 4_000
"""Lines that may be accepted and not handled: what waits lies in Redis' memory."""
_LOOK_S = 0.1
_AT_ONCE = 2
"""Shards committed to at once."""


class Feeder(Protocol):
    async def feed(self, count: int) -> None:
        """So many more memories; returns when all of them can be searched."""


@dataclass(slots=True)
class ByHttp:
    """Lines of an export to POST /v1/bulk, all of one job: web, Redis, worker."""

    wire: Wire
    rows: Iterator[Row]
    sent: int = 0

    @staticmethod
    def settings(rows_a_commit: int) -> Mapping[str, str]:
        """A window is what may be committed together."""
        return {"MNEME_WINDOW_EVENTS": str(rows_a_commit)}

    @classmethod
    @asynccontextmanager
    async def over(cls, own: Install, data_dir: Path, rows_a_commit: int) -> AsyncIterator["ByHttp"]:
        async with Wire.to(own) as wire:
            yield cls(wire, made(Settings(data_dir=data_dir).shards))

    async def feed(self, count: int) -> None:
        for first in range(0, count, _PART):
            body = b"".join(self._line(row) for row in islice(self.rows, min(_PART, count - first)))
            await self.wire.call("POST", f"/v1/bulk?job=growth&more=true&first_line={self.sent + 1}", body)
            self.sent += min(_PART, count - first)
            await self._handled(_BACKLOG)
        await self._handled(0)

    @staticmethod
    def _line(row: Row) -> bytes:
        memory, vector, change = row
        return dump_memory(memory, [change], {}, vector.astype("<f4").tobytes())

    async def _handled(self, all_but: int) -> None:
        while True:
            job = await self.wire.call("GET", "/v1/bulk/growth")
            if job["refused"] or job["failed"]:
                raise SystemExit(f"lines were refused: {job}")
            if self.sent - job["stored"] - job["skipped"] <= all_but:
                return
            await asyncio.sleep(_LOOK_S)


@dataclass(slots=True)
class ByWriter:
    """Commits of this process, each under its shard's commit lock, as the tender's are."""

    resources: Resources
    rows: Iterator[Row]
    rows_a_commit: int
    waiting: dict[int, list[Row]] = field(default_factory=dict)
    """By shard, too few yet for a commit."""

    @staticmethod
    def settings(rows_a_commit: int) -> Mapping[str, str]:
        return {}

    @classmethod
    @asynccontextmanager
    async def over(cls, own: Install, data_dir: Path, rows_a_commit: int) -> AsyncIterator["ByWriter"]:
        async with open_resources(Settings(data_dir=data_dir), client="growth", embeds=False) as resources:
            yield cls(resources, made(resources.settings.shards), rows_a_commit)

    async def feed(self, count: int) -> None:
        places = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as tasks:
            for row in islice(self.rows, count):
                shard = shard_of(row[0].scope.subject, self.resources.settings.shards)
                batch = self.waiting.setdefault(shard, [])
                batch.append(row)
                if len(batch) >= self.rows_a_commit:
                    await places.acquire()
                    tasks.create_task(self._commit(shard, self.waiting.pop(shard), places))

    async def _commit(self, shard: int, rows: list[Row], places: asyncio.Semaphore) -> None:
        upserts, changes = [(memory, vector) for memory, vector, _ in rows], [change for _, _, change in rows]
        try:
            async with self.resources.mailbox.commit_lock(shard, "growth", self.resources.settings.lease_s):
                writer = ShardWriter(self.resources.store, shard)
                await writer.refresh()
                await writer.commit(upserts, changes)
        finally:
            places.release()


ROADS: Mapping[str, type[ByHttp] | type[ByWriter]] = {"http": ByHttp, "writer": ByWriter}
