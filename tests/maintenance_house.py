"""A store with memories in it, and a tender to carry out what is ordered."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from core.resources import Resources
from core.store.tables import links_name, memories_name
from core.store.writer import ShardWriter
from schemas.ids import memory_id, new_id
from schemas.maintenance import Job, Order, Run
from schemas.memory import Memory
from schemas.scope import Scope, shard_of
from workers.maintenance import run_job

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)


def days_ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


@dataclass
class Time:
    """A clock that stands still until it is set."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now


@dataclass
class House:
    """A process' resources, and what tests do with them."""

    resources: Resources
    time: Time
    ctx: dict[str, Any]

    async def remember(self, content: str, *, user: str = "ann", owner: str = "acme", made: datetime = NOW, **fields: Any) -> Memory:
        """A memory, committed as its shard's owner would."""
        scope = Scope(owner=owner, user=user, run=fields.pop("run", None))
        shard = shard_of(scope.subject, self.resources.settings.shards)
        moments = {"said_at": made, "created_at": made, "updated_at": made, "accepted_at": made}
        memory = Memory(id=memory_id(new_id(), 0, shard), scope=scope, content=content, **moments | fields)
        await self.write(memory)
        return memory

    async def write(self, memory: Memory) -> None:
        vectors = await self.resources.embedder.embed([memory.content])
        await self.writer(memory).commit([(memory, vectors[0])], [])

    def writer(self, memory: Memory) -> ShardWriter:
        return ShardWriter(self.resources.store, shard_of(memory.scope.subject, self.resources.settings.shards))

    async def edit(self, memory: Memory, **fields: Any) -> Memory:
        """What its owner makes of it: a version above."""
        edited = replace(memory, version=memory.version + 1, **fields)
        await self.writer(memory).commit([(edited, None)], [])
        return edited

    async def run(self, job: Job, owner: str | None = "acme", **order: Any) -> Run:
        """Order a job and carry it out; gives its end."""
        run = await self.resources.jobs.start(Order(job=job, owner=owner, **order))
        await run_job(self.ctx, run.id)
        return await self.resources.jobs.get(owner, run.id)

    async def now(self, *memories: Memory) -> list[Memory]:
        """The memories as they are now; those that are gone left out."""
        return [m for one in memories for m in await self.resources.reader.get(one.scope.owner, [one.id])]

    async def rows(self, *names: Callable[[int], str]) -> list[dict[str, Any]]:
        """Every row of the store's memories, whole, and of other tables asked for."""
        found: list[dict[str, Any]] = []
        for name in (memories_name, *names):
            for shard in range(self.resources.settings.shards):
                table = await self.resources.store.reading(name(shard))
                found += (await table.query().to_arrow()).to_pylist()
        return sorted(found, key=lambda row: (row["id"], "body" in row))

    async def links(self) -> dict[str, dict[str, float]]:
        """Every row of links."""
        rows: Sequence[dict[str, Any]] = [row for row in await self.rows(links_name) if "linked" in row]
        return {row["id"]: dict(zip(row["linked"], row["similarities"], strict=True)) for row in rows}
