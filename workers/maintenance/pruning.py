"""Pruning: memories beyond a limit are archived, or deleted where that is asked for."""

from collections.abc import Collection

from core.settings import Settings
from core.store.tending import Batch, Row, Tender
from schemas.maintenance import Limits, Pruned
from schemas.memory import familiarity
from workers.maintenance.rewriting import archive, remove
from workers.maintenance.running import Running, chunks
from workers.rules.pruning import beyond, created_before


async def prune(running: Running) -> None:
    """What is beyond is decided by the row as it is under the lock; a dry run counts and names the same, and commits nothing."""
    running.count("candidates", "archived", "deleted")
    limits = running.order.limits or of_settings(running.resources.settings)
    for tender in running.tenders():
        for part in await tender.parts("subject"):
            too_many = await _too_many(tender, part, limits)
            for ids in chunks(await _candidates(running, tender, part, limits, too_many)):
                await _prune(running, tender, ids, limits, too_many)
            await running.tell()


def of_settings(settings: Settings) -> Limits:
    """What the schedule prunes: what has expired, unless the settings say more."""
    return Limits(
        expired=settings.prune_expired,
        max_age_days=settings.prune_max_age_days,
        min_importance=settings.prune_min_importance,
        max_memories=settings.prune_max_memories,
        archive_only=settings.prune_archive_only,
    )


async def _too_many(tender: Tender, part: str, limits: Limits) -> set[str]:
    if limits.max_memories is None:
        return set()
    return {memory_id for ids in (await tender.ages(part)).values() for memory_id in ids[limits.max_memories :]}


async def _candidates(running: Running, tender: Tender, part: str, limits: Limits, too_many: Collection[str]) -> list[str]:
    now = running.now()
    found = await tender.beyond(part, created_before(limits, now), limits.min_importance, now if limits.expired else None)
    if limits.min_familiarity is not None and limits.min_familiarity > familiarity(0):  # no column tells reads: all are looked at
        found += [memory for memory in await tender.active(part) if memory.familiarity < limits.min_familiarity]
    return list(dict.fromkeys([*(memory.id for memory in found), *sorted(too_many)]))


async def _prune(running: Running, tender: Tender, ids: list[str], limits: Limits, too_many: Collection[str]) -> None:
    def decide(rows: dict[str, Row]) -> Batch:
        batch, now = Batch(), running.now()
        for row in (rows[memory_id] for memory_id in ids if memory_id in rows):
            if (reason := beyond(row[0], limits, now, too_many)) is not None:
                running.counts["candidates"] += 1
                running.name_candidate(Pruned(memory_id=row[0].id, content=row[0].content, reason=reason), row[0].scope.subject)
                (archive if limits.archive_only else remove)(batch, row, running, f"pruned: {_WORDS[reason]}")
        running.counts["archived"] += len(batch.rewritten)
        running.counts["deleted"] += len(batch.removed)
        return batch

    await running.commit(tender, ids, decide)


_WORDS = {
    "expiry": "its expiry is past",
    "age": "older than the limit",
    "importance": "less important than the limit",
    "count": "its user has more than the limit",
}
