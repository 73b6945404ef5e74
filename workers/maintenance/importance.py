"""Importance recalculation: what memories are worth by now, from their kind, their reads, their links and the time."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from core.store.tending import Batch, Row, Tender
from schemas.memory import Memory
from workers.maintenance.recalled import fold
from workers.maintenance.rewriting import rewrite
from workers.maintenance.running import Running, chunks
from workers.rules.importance import recalculated


async def recalculate(running: Running) -> None:
    """Of every active memory; only those that moved by a hundredth or more are written."""
    running.count("memories", "recalculated")
    for tender in running.tenders():
        await fold(tender.shard, running.resources, running.name)
        for part in await tender.parts():
            degrees = await tender.degrees(part)
            memories = await tender.active(part)
            moved = await asyncio.to_thread(_moved, memories, degrees, running.now())
            running.counts["memories"] += len(memories)
            for chunk in chunks(moved):
                await _write(running, tender, chunk, degrees)
            await running.tell()


def _moved(memories: list[Memory], degrees: Mapping[str, int], now: datetime) -> list[str]:
    return [memory.id for memory in memories if recalculated(memory, degrees.get(memory.id, 0), now) != memory.importance]


async def _write(running: Running, tender: Tender, ids: list[str], degrees: Mapping[str, int]) -> None:
    def decide(rows: dict[str, Row]) -> Batch:
        batch, now = Batch(), running.now()
        for memory, vector in rows.values():
            importance = recalculated(memory, degrees.get(memory.id, 0), now)
            if importance != memory.importance:
                rewrite(batch, (memory, vector), running, importance=importance)
        running.counts["recalculated"] += len(batch.rewritten)
        return batch

    await running.commit(tender, ids, decide)
