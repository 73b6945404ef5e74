"""Search: nearest by meaning and by words, side by side, in every shard the selection touches."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable

from core.store.bodies import with_bodies
from core.store.connection import Store
from core.store.engine import rows_of, together
from core.store.filters import NOTHING, confined_filter, selection_filter
from core.store.nearest import Sought, known, nearest
from core.store.promising import Shortlist
from core.store.rows import Vector, made, matrix, storable
from core.store.scale import Scale
from core.store.shortlist import matching, read_shortlist
from core.store.tables import memories_name
from core.store.whole import means, read_whole
from schemas.search import Candidate, Selection

WORDS_MAX_CHARS = 2_000
"""Longer questions are looked for by their first words."""
_FANOUT = 8
"""Shards searched at once."""


@dataclass(frozen=True, slots=True)
class _Asked:
    selection: Selection
    vector: Sought
    words: str
    limit: int
    now: datetime
    shortlist: Shortlist | None
    dimension: int


async def search(
    store: Store,
    scale: Scale,
    selection: Selection,
    vector: Sought,
    text: str | None,
    limit: int,
    now: datetime,
    shortlist: Shortlist | None = None,
) -> list[Candidate]:
    """The `limit` nearest to the vector and the `limit` best by the words of `text`, as one list, nearest first.

    With a `shortlist` of these the most promising ones.
    """
    where = selection_filter(selection, now)
    if where == NOTHING or limit <= 0:
        return []
    places = asyncio.Semaphore(_FANOUT)
    asked = _Asked(selection, vector, storable(text or "")[:WORDS_MAX_CHARS], limit, now, shortlist, store.dimension)

    async def one(shard: int) -> list[Candidate]:
        async with places:
            return await _in_shard(await store.reading(memories_name(shard)), scale, where, asked)

    found = await together(*map(one, store.shards_of(selection)))
    return _best([candidate for part in found for candidate in part], limit)


def _best(found: list[Candidate], limit: int) -> list[Candidate]:
    """Of all shards' candidates those one table would have given."""
    found.sort(key=lambda candidate: candidate.similarity, reverse=True)
    by_words = sorted((c for c in found[limit:] if c.lexical), key=lambda candidate: candidate.lexical, reverse=True)
    kept = {c.memory.id for c in found[:limit]} | {c.memory.id for c in by_words[:limit]}
    return [candidate for candidate in found if candidate.memory.id in kept]


async def _in_shard(table: AsyncTable, scale: Scale, where: str, asked: _Asked) -> list[Candidate]:
    selection = asked.selection
    if selection.subjects() is not None:
        if not scale.is_large(table, selection):
            whole = await read_whole(table, scale, selection, asked.words, asked.now, asked.dimension)
            if whole is not None:
                return whole.candidates(await known(asked.vector), asked.limit, asked.shortlist)
            scale.note_large(table, selection)
        found = await _by_both(table, scale, confined_filter(selection), asked)
        if all(means(selection, candidate.memory, asked.now) for candidate in found):  # the best of more than is meant: all of it is
            return found
    return await _by_both(table, scale, where, asked)


async def _by_both(table: AsyncTable, scale: Scale, where: str, asked: _Asked) -> list[Candidate]:
    selection, vector, words, limit = asked.selection, asked.vector, asked.words, asked.limit
    exact = vector is None or await scale.exact(table, where, selection)
    if asked.shortlist and words.strip() and not exact:
        found = await read_shortlist(table, scale, where, selection, vector, words, limit, asked.shortlist)
        if found is not None:
            return found
    near, worded = await together(_by_meaning(table, where, vector, limit, exact=exact), _by_words(table, where, vector, words, limit))
    both = {candidate.memory.id: candidate for candidate in near}
    for candidate in worded:
        seen = both.get(candidate.memory.id)
        both[candidate.memory.id] = replace(seen, lexical=candidate.lexical) if seen else candidate
    return list(both.values())


async def _by_meaning(table: AsyncTable, where: str, sought: Sought, limit: int, *, exact: bool) -> Sequence[Candidate]:
    vector = await known(sought)
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
    more = ["_score", *([] if sought is None else ["vector"])]

    async def read(columns: list[str]) -> pa.Table:
        return await rows_of(matching(table, words, where).select([*columns, *more]).limit(limit))

    rows, bodies = await with_bodies(read)
    scores, similarities = rows["_score"].to_pylist(), _similarities(rows, await known(sought))
    return [Candidate(made(body), *scored) for body, *scored in zip(bodies, similarities, scores, strict=True)]


def _similarities(rows: pa.Table, vector: Vector | None) -> list[float]:
    if vector is None:
        return [0.0] * rows.num_rows
    similarities: list[float] = np.clip(matrix(rows) @ vector, -1.0, 1.0).tolist()
    return similarities
