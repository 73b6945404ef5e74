"""Link optimisation: each new memory is linked to the nearest of its subject, and links to what is gone are dropped."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from core.settings import Settings
from core.store.journal import Entry, Kind
from core.store.links import Linked
from core.store.rows import Vector
from core.store.tending import PART_ROWS, Batch, Row, Tender
from workers.maintenance.running import Running, chunks
from workers.rules.links import Edge, all_edges, by_memory, edge, strongest

EXACT_ROWS = 20_000
"""Subjects of more memories are asked of the vector index, one new memory at a time; of others every pair is compared."""
_FEW = 32
"""So many new memories of a large subject are searched for one by one all the same."""
_TOGETHER_ROWS = 2_000
"""Small subjects are committed together up to so many memories."""
_BLOCK = 512
_SEARCHES = 4
_DIGITS = 4
LATER = ""
"""The content hash in the row of a memory that got a link before its own neighbours were looked for."""


@dataclass(slots=True)
class _News:
    """What is to be linked anew."""

    new: dict[str, Linked] = field(default_factory=dict)
    """The rows of memories that have none, or one of other words; without links."""
    gone: set[str] = field(default_factory=set)
    edges: dict[Edge, float] = field(default_factory=dict)
    """Candidates: new memories and the nearest to each."""


async def optimize_links(running: Running) -> None:
    """Incremental: only memories whose words are not those they were linked by are looked at."""
    running.count("memories", "links_added", "links_removed")
    for tender in running.tenders():
        for part in await tender.parts("subject"):
            await _link_part(running, tender, part)
            await running.tell()


async def _link_part(running: Running, tender: Tender, part: str) -> None:
    active, linked = await tender.without_links(part), await tender.linked_hashes(part)
    small: dict[str, _News] = {}
    rows = 0
    for subject in sorted(active.keys() | linked.keys()):
        news = _news(active.get(subject, []), linked.get(subject, {}))
        running.counts["memories"] += len(news.new)
        size = len(active.get(subject, ()))
        if size > PART_ROWS:
            await _link_large(running, tender, subject, news, size)
        elif news.new or news.gone:
            small[subject] = news
            rows += size
        if rows > _TOGETHER_ROWS:
            await _link_small(running, tender, small)
            small, rows = {}, 0
    await _link_small(running, tender, small)


def _news(active: Iterable[Linked], linked: Mapping[str, str]) -> _News:
    """What is there and what is linked, compared."""
    there = {row.memory_id: row for row in active}
    new = {memory_id: row for memory_id, row in there.items() if linked.get(memory_id) != row.content_hash}
    return _News(new, linked.keys() - there.keys())


async def _link_small(running: Running, tender: Tender, subjects: Mapping[str, _News]) -> None:
    """Subjects of few memories: read together, compared each within itself, committed together."""
    if not subjects:
        return
    known = await tender.active_vectors([subject for subject, news in subjects.items() if news.new])
    together = _News()
    for subject, news in subjects.items():
        together.new |= news.new
        together.gone |= news.gone
        if subject in known:
            ids, vectors = known[subject]
            together.edges |= await asyncio.to_thread(_nearest, ids, vectors, news.new.keys(), running.resources.settings)
    await _commit(running, tender, together, together.new)


async def _link_large(running: Running, tender: Tender, subject: str, news: _News, size: int) -> None:
    """One subject of many memories: piece by piece."""
    known: tuple[list[str], Vector] | None = None
    if len(news.new) > _FEW and size <= EXACT_ROWS:
        known = (await tender.active_vectors([subject])).get(subject)
    for piece in chunks(sorted(news.new)):
        if known is not None:
            edges = await asyncio.to_thread(_nearest, *known, frozenset(piece), running.resources.settings)
        else:
            edges = await _searched(tender, subject, piece, running.resources.settings)
        await _commit(running, tender, _News({memory_id: news.new[memory_id] for memory_id in piece}, set(), edges), news.new)
        await running.tell()
    for rest in chunks(sorted(news.gone)):
        await _commit(running, tender, _News(gone=set(rest)), {})


def _nearest(ids: Sequence[str], vectors: Vector, new: Collection[str], settings: Settings) -> dict[Edge, float]:
    """Each new memory with the nearest of all, as many as it may have links."""
    places = [place for place, memory_id in enumerate(ids) if memory_id in new]
    edges: dict[Edge, float] = {}
    for start in range(0, len(places), _BLOCK):
        block = places[start : start + _BLOCK]
        similarities = vectors[block] @ vectors.T
        similarities[np.arange(len(block)), block] = -1.0
        for place, row in zip(block, similarities, strict=True):
            for other in _best(row, settings.links_max):
                if row[other] >= settings.link_similarity:
                    edges[edge(ids[place], ids[other])] = round(float(row[other]), _DIGITS)
    return edges


def _best(row: NDArray[np.float32], most: int) -> Iterable[int]:
    most = min(most, len(row))
    return [int(place) for place in np.argpartition(-row, most - 1)[:most]]


async def _searched(tender: Tender, subject: str, ids: Sequence[str], settings: Settings) -> dict[Edge, float]:
    vectors = await tender.vectors(ids)
    places = asyncio.Semaphore(_SEARCHES)
    edges: dict[Edge, float] = {}

    async def search(memory_id: str, vector: Vector) -> None:
        async with places:
            for other, similarity in await tender.nearest(subject, vector, settings.links_max + 1):
                if other != memory_id and similarity >= settings.link_similarity:
                    edges[edge(memory_id, other)] = round(similarity, _DIGITS)

    async with asyncio.TaskGroup() as tasks:
        for memory_id, vector in vectors.items():
            tasks.create_task(search(memory_id, vector))
    return edges


async def _commit(running: Running, tender: Tender, news: _News, waiting: Mapping[str, Linked]) -> None:
    """`waiting`: the rows of those that have none yet, for links that reach them before it is their turn."""
    if not news.new and not news.gone:
        return

    async def decide(_: dict[str, Row]) -> Batch:
        ends = {memory_id for pair in news.edges for memory_id in pair}
        rows = await tender.links(news.new.keys() | news.gone | ends)
        rows |= {end: replace(waiting[end], content_hash=LATER) for end in ends & waiting.keys() - rows.keys() - news.new.keys()}
        touched = rows.keys() | news.new.keys()
        around = {other for row in rows.values() for other in row.links} - touched
        return await asyncio.to_thread(_decided, running, news, rows, await tender.links(around))

    await running.commit(tender, (), decide)


def _decided(running: Running, news: _News, rows: Mapping[str, Linked], around: Mapping[str, Linked]) -> Batch:
    """The rows that change, among `rows` and the new ones, and `around` them those that lose a link.

    Links within `around` stay as they are, and take their room.
    """
    touched = rows.keys() | news.new.keys()
    standing = all_edges((row.memory_id, row.links) for row in (*rows.values(), *around.values()))
    fixed = {pair: similarity for pair, similarity in standing.items() if not touched & set(pair)}
    stale = news.gone | {one for one in news.new.keys() & rows.keys() if rows[one].content_hash != LATER}
    loose = {pair: similarity for pair, similarity in standing.items() if pair not in fixed and not stale & set(pair)}
    taken = Counter(memory_id for pair in fixed for memory_id in pair)
    kept = strongest(loose | news.edges, running.resources.settings.links_max, taken)
    running.counts["links_added"] += len(kept.keys() - standing.keys())
    running.counts["links_removed"] += len(standing.keys() - kept.keys() - fixed.keys())
    return _batch(running, news, {**around, **rows}, by_memory(fixed | kept))


def _batch(running: Running, news: _News, rows: Mapping[str, Linked], links: Mapping[str, Mapping[str, float]]) -> Batch:
    batch = Batch()
    for memory_id in sorted(rows.keys() | news.new.keys()):
        before = rows.get(memory_id)
        row = news.new.get(memory_id, before)
        after = None if row is None or memory_id in news.gone else replace(row, links=dict(links.get(memory_id, {})))
        _put(batch, running, before, after)
    return batch


def _put(batch: Batch, running: Running, before: Linked | None, after: Linked | None) -> None:
    one = after or before
    if one is None or before == after:
        return
    if after is None:
        batch.unlinked.append(one.memory_id)
    else:
        batch.linked.append(after)
    old, new = (None if row is None else asdict(row) for row in (before, after))
    batch.entries.append(Entry(running.run.id, one.memory_id, one.subject, Kind.LINKED, old, new, running.now()))
