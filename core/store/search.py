"""Search: nearest by meaning and by words, side by side, in every shard the selection touches."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable
from lancedb.query import MatchQuery

from core.store.bodies import with_bodies
from core.store.connection import Store
from core.store.engine import answer, together
from core.store.filters import NOTHING, confined_filter, selection_filter
from core.store.nearest import nearest
from core.store.rows import Vector, made, matrix, storable
from core.store.scale import Scale
from core.store.tables import memories_name
from core.store.whole import read_whole
from schemas.memory import Memory
from schemas.search import Candidate, Selection

WORDS_MAX_CHARS = 2_000
"""Longer questions are looked for by their first words."""
_FANOUT = 8
"""Shards searched at once."""


Sought = Vector | asyncio.Future[Vector] | None
"""A question's unit vector, (dim,) float32; also one that is still being made, so that the rest of the search goes on meanwhile."""


async def search(
    store: Store, scale: Scale, selection: Selection, vector: Sought, text: str | None, limit: int, now: datetime
) -> list[Candidate]:
    """The `limit` nearest to the vector and the `limit` best by the words of `text`, as one list, nearest first."""
    where = selection_filter(selection, now)
    if where == NOTHING or limit <= 0:
        return []
    places = asyncio.Semaphore(_FANOUT)
    words = storable(text or "")[:WORDS_MAX_CHARS]

    async def one(shard: int) -> list[Candidate]:
        async with places:
            table = await store.reading(memories_name(shard))
            return await _in_shard(table, scale, where, selection, vector, words, limit, now)

    found = await together(*map(one, store.shards_of(selection)))
    return _best([candidate for part in found for candidate in part], limit)


def _best(found: list[Candidate], limit: int) -> list[Candidate]:
    """Of all shards' candidates those one table would have given."""
    found.sort(key=lambda candidate: candidate.similarity, reverse=True)
    by_words = sorted((c for c in found[limit:] if c.lexical), key=lambda candidate: candidate.lexical, reverse=True)
    kept = {c.memory.id for c in found[:limit]} | {c.memory.id for c in by_words[:limit]}
    return [candidate for candidate in found if candidate.memory.id in kept]


async def _in_shard(
    table: AsyncTable, scale: Scale, where: str, selection: Selection, vector: Sought, words: str, limit: int, now: datetime
) -> list[Candidate]:
    if selection.subjects() is not None:
        if not scale.is_large(table, selection):
            whole = await read_whole(table, scale, selection, words, now)
            if whole is not None:
                return whole.candidates(await _known(vector), limit)
            scale.note_large(table, selection)
        found = await _by_both(table, scale, confined_filter(selection), selection, vector, words, limit)
        if all(_means(selection, candidate.memory, now) for candidate in found):  # the best of more than is meant, and all of it is
            return found
    return await _by_both(table, scale, where, selection, vector, words, limit)


def _means(selection: Selection, memory: Memory, now: datetime) -> bool:
    """What `confined_filter` leaves to be asked of a row itself."""
    alive = selection.show_expired or memory.expires_at is None or memory.expires_at > now
    return alive and memory.scope.owner == selection.owner


async def _by_both(
    table: AsyncTable, scale: Scale, where: str, selection: Selection, vector: Sought, words: str, limit: int
) -> list[Candidate]:
    near, worded = await together(_by_meaning(table, scale, where, selection, vector, limit), _by_words(table, where, vector, words, limit))
    found = {candidate.memory.id: candidate for candidate in near}
    for candidate in worded:
        seen = found.get(candidate.memory.id)
        found[candidate.memory.id] = replace(seen, lexical=candidate.lexical) if seen else candidate
    return list(found.values())


async def _known(vector: Sought) -> Vector | None:
    return await asyncio.shield(vector) if isinstance(vector, asyncio.Future) else vector


async def _by_meaning(table: AsyncTable, scale: Scale, where: str, selection: Selection, sought: Sought, limit: int) -> Sequence[Candidate]:
    exact = sought is None or await scale.exact(table, where, selection)
    vector = await _known(sought)
    if vector is None or not np.any(vector):
        return ()

    async def read(columns: list[str]) -> pa.Table:
        rows = await nearest(table, vector, where, columns, limit, exact=exact)
        if not exact and rows.num_rows < limit:  # the filter left few rows in the partitions probed
            rows = await nearest(table, vector, where, columns, limit, exact=True)
        return rows

    rows, bodies = await with_bodies(read)
    similarities = (1.0 - rows["_distance"].to_numpy()).tolist()
    return [Candidate(made(body), similarity) for body, similarity in zip(bodies, similarities, strict=True)]


async def _by_words(table: AsyncTable, where: str, sought: Sought, words: str, limit: int) -> Sequence[Candidate]:
    if not words.strip():
        return ()
    match = MatchQuery(words, "content")  # type: ignore[call-arg]  # mypy does not see its fields' defaults
    more = ["_score", *([] if sought is None else ["vector"])]

    async def read(columns: list[str]) -> pa.Table:
        return await answer(table.query().nearest_to_text(match).where(where).select([*columns, *more]).limit(limit).to_arrow())

    rows, bodies = await with_bodies(read)
    scores, similarities = rows["_score"].to_pylist(), _similarities(rows, await _known(sought))
    return [Candidate(made(body), *scored) for body, *scored in zip(bodies, similarities, scores, strict=True)]


def _similarities(rows: pa.Table, vector: Vector | None) -> list[float]:
    if vector is None:
        return [0.0] * rows.num_rows
    similarities: list[float] = np.clip(matrix(rows) @ vector, -1.0, 1.0).tolist()
    return similarities
