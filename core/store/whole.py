"""Whole: what a filter leaves of few memories is read whole, and compared and matched here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable

from core.store.codes import code_chars
from core.store.engine import rows_of
from core.store.filters import confined_filter
from core.store.lately import Row
from core.store.numbered import numbered, remembered, vectors_of
from core.store.promising import Measured, Numbers, Shortlist, leading
from core.store.rows import Vector
from core.store.scale import Scale
from core.store.words import bm25
from schemas.memory import Memory
from schemas.search import Candidate, Selection

_WORTH_CHOOSING = 2
"""Where a shortlist would leave out less than half, choosing costs what it saves."""


@dataclass(slots=True)
class Whole:
    """The rows of a selection: what each memory is made of, its (dim,) vector, and its BM25 score."""

    rows: Sequence[Row]
    vectors: Vector
    lexical: Numbers

    def candidates(self, vector: Vector | None, limit: int, shortlist: Shortlist | None = None) -> list[Candidate]:
        """The `limit` nearest to the (dim,) unit vector and the `limit` best by their words, nearest first.

        With a `shortlist` of these the most promising ones.
        """
        similarities = np.zeros(len(self.rows)) if vector is None else np.clip(self.vectors @ vector, -1.0, 1.0).astype(np.float64)
        measured, order = Measured(self.rows, similarities, self.lexical), leading(similarities, len(similarities))
        near = order[: limit if vector is not None and vector.any() else 0]
        worded = order[leading(self.lexical[order], min(limit, int(np.count_nonzero(self.lexical))))]
        wanted = np.union1d(near, worded)
        if shortlist is not None and len(wanted) > _WORTH_CHOOSING * shortlist.known:
            wanted = measured.best(shortlist, wanted)
        return measured.candidates(order[np.isin(order, wanted)])


async def read_whole(table: AsyncTable, scale: Scale, selection: Selection, text: str, now: datetime, dimension: int) -> Whole | None:
    """What a selection of known subjects means at `now`, matched with the words of `text`; None where it is too much."""
    rows = await _known(table, scale, selection, dimension) if scale.is_known(table, selection) else None
    if rows is None:
        rows = await _read(table, scale, selection, dimension)
    if rows is None:
        return None
    meant = [row for row in rows if means(selection, row.memory, now)]
    return Whole(meant, vectors_of(meant, dimension), np.array(bm25([row.terms for row in meant], text)))


async def _known(table: AsyncTable, scale: Scale, selection: Selection, dimension: int) -> list[Row] | None:
    """By their numbers, which are in an index. None where they are too many by now, or were moved in between."""
    most = await scale.whole(table)
    found = await rows_of(table.query().where(confined_filter(selection)).with_row_id().select(["_rowid"]).limit(most.rows + 1))
    return await numbered(table, scale, found["_rowid"].to_pylist(), dimension) if found.num_rows <= most.rows else None


async def _read(table: AsyncTable, scale: Scale, selection: Selection, dimension: int) -> list[Row] | None:
    """None where they are too many, or too long."""
    most = await scale.whole(table)

    async def read() -> pa.Table:
        query = table.query().where(confined_filter(selection)).with_row_id()
        return await rows_of(query.select(scale.searched(table)).limit(most.rows + 1))

    found = await read()
    if found.num_rows > most.rows or found["body"].nbytes > most.bytes + found.num_rows * code_chars(dimension):
        return None
    rows = remembered(table, scale, found, dimension)
    if rows is None:
        rows = remembered(table, scale, await read(), dimension)
    if rows:
        scale.note_known(table, selection, next(iter(rows)))
    return None if rows is None else list(rows.values())


def means(selection: Selection, memory: Memory, now: datetime) -> bool:
    """What `confined_filter` leaves to be asked of a row itself."""
    alive = selection.show_expired or memory.expires_at is None or memory.expires_at > now
    return alive and memory.scope.owner == selection.owner
