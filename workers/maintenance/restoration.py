"""Restoration: archived memories become active again."""

from core.store.tending import Batch, Row
from schemas.memory import MemoryState
from workers.maintenance.rewriting import restore
from workers.maintenance.running import Running, chunks


async def bring_back_archived(running: Running) -> None:
    """Those the order names, or all that its owner, or user, has archived."""
    running.count("restored")
    named = set(running.order.memory_ids)
    for tender in running.tenders():
        for part in await tender.parts():
            ids = [memory.id for memory in await tender.archived(part) if not named or memory.id in named]
            for chunk in chunks(ids):
                await running.commit(tender, chunk, lambda rows: _decide(running, rows))
            await running.tell()


def _decide(running: Running, rows: dict[str, Row]) -> Batch:
    batch = Batch()
    for row in rows.values():
        if row[0].state is MemoryState.ARCHIVED:
            restore(batch, row, running, {"state": MemoryState.ACTIVE, "superseded_by": None}, "restored on request")
    running.counts["restored"] += len(batch.rewritten)
    return batch
