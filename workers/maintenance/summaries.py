"""Summarisation: related memories of one user become one memory that names its sources."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.store.rows import Vector
from core.store.tending import Batch, Row, Tender
from schemas.memory import Memory
from schemas.scope import Scope
from workers.maintenance.rewriting import add, archive
from workers.maintenance.running import Running, chunks
from workers.maintenance.summarizing import SOURCES, SUMMARY, summarized
from workers.rules.clusters import clusters

_ROWS = 4_000
"""Memories looked at together; of a user with more, those made around the same time."""
_TOGETHER = 100
"""Summaries embedded and committed together; those of a chat model, which cost more, as they come."""


@dataclass(frozen=True, slots=True)
class _Summary:
    memory: Memory
    sources: Sequence[Memory]


async def summarize(running: Running) -> None:
    """Clusters lie within one user, and within the same agent, app, run and tags: a summary is found by whoever found its sources."""
    running.count("summaries_created", "memories_summarized")
    for tender in running.tenders():
        for part in await tender.parts("subject"):
            covered = {source for memory in await tender.having(part, SOURCES) for source in _sources(memory)}
            for ids in _groups(await tender.ages(part), running.resources.settings.summary_min_memories):
                rows = await tender.stored([memory_id for memory_id in ids if memory_id not in covered])
                await _summarize(running, tender, rows)
                await running.tell()


def _groups(subjects: Mapping[str, Sequence[str]], least: int) -> Iterator[list[str]]:
    """Ids to be read together: whole subjects as far as they fit, those of too few memories left out."""
    group: list[str] = []
    for ids in subjects.values():
        if len(ids) < least:
            continue
        if group and len(group) + len(ids) > _ROWS:
            yield group
            group = []
        *full, rest = chunks(ids, _ROWS)
        yield from full
        group += rest
    if group:
        yield group


async def _summarize(running: Running, tender: Tender, rows: Mapping[str, Row]) -> None:
    waiting: list[_Summary] = []
    for memories in [group for scope in _by_scope(rows) for group in await _clusters(running, scope, rows)]:
        running.counts["clusters"] += 1
        if running.order.dry_run:
            running.counts["summaries_created"] += 1
            running.counts["memories_summarized"] += len(memories)
            continue
        if (made := await _made(running, tender, memories, rows)) is not None:
            waiting.append(made)
        if len(waiting) >= _TOGETHER or (waiting and running.resources.chat is not None):
            await _commit(running, tender, waiting)
            waiting = []
    await _commit(running, tender, waiting)


def _by_scope(rows: Mapping[str, Row]) -> list[list[Memory]]:
    """The memories that may be summarised, by their whole scope; what expires or can't be changed stays by itself."""
    scopes: dict[Scope, list[Memory]] = {}
    for memory, _ in rows.values():
        if not memory.immutable and memory.expires_at is None and memory.source_kind != SUMMARY:
            scopes.setdefault(memory.scope, []).append(memory)
    return [sorted(memories, key=lambda memory: (memory.said_at, memory.id)) for memories in scopes.values()]


async def _clusters(running: Running, memories: Sequence[Memory], rows: Mapping[str, Row]) -> list[list[Memory]]:
    settings = running.resources.settings
    if len(memories) < settings.summary_min_memories:
        return []
    found = await asyncio.to_thread(
        clusters,
        np.stack([rows[memory.id][1] for memory in memories]),
        similarity=settings.summary_similarity,
        least=settings.summary_min_memories,
        most=settings.summary_max_memories,
    )
    return [[memories[place] for place in sorted(cluster)] for cluster in found]


async def _made(running: Running, tender: Tender, sources: Sequence[Memory], rows: Mapping[str, Row]) -> _Summary | None:
    """The summary of these memories; None where the chat model does not give one: they wait for the next run."""
    memory = await summarized(running, tender.shard, sources, np.stack([rows[source.id][1] for source in sources]))
    if memory is None:
        running.counts["clusters_failed"] += 1
        return None
    return _Summary(memory, sources)


async def _commit(running: Running, tender: Tender, summaries: Sequence[_Summary]) -> None:
    """Only what still rests on the words it was made of."""
    if not summaries:
        return
    vectors = await running.resources.embedder.embed([summary.memory.content for summary in summaries])

    def decide(rows: dict[str, Row]) -> Batch:
        batch = Batch()
        for summary, vector in zip(summaries, vectors, strict=True):
            if summary.memory.id not in rows and all(_as_read(source, rows) for source in summary.sources):
                _put(batch, running, summary, vector, rows)
        return batch

    ids = {memory.id for summary in summaries for memory in (summary.memory, *summary.sources)}
    await running.commit(tender, ids, decide)


def _as_read(source: Memory, rows: Mapping[str, Row]) -> bool:
    now = rows.get(source.id)
    return now is not None and (now[0].version, now[0].state) == (source.version, source.state)


def _put(batch: Batch, running: Running, summary: _Summary, vector: Vector, rows: Mapping[str, Row]) -> None:
    add(batch, summary.memory, vector, running, f"summary of {len(summary.sources)} memories")
    if running.resources.settings.summary_sources == "archive":
        for source in summary.sources:
            archive(batch, rows[source.id], running, f"summarised in {summary.memory.id}", superseded_by=summary.memory.id)
    running.counts["summaries_created"] += 1
    running.counts["memories_summarized"] += len(summary.sources)


def _sources(memory: Memory) -> Sequence[str]:
    named = memory.metadata.get(SOURCES)
    return named if memory.source_kind == SUMMARY and isinstance(named, list) else ()
