"""Whole: what a filter leaves of few memories is read whole, and compared and matched here."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable

from core.store.codes import code_chars
from core.store.engine import answer
from core.store.filters import confined_filter
from core.store.glances import Glance, Glances
from core.store.promising import Measured, Numbers, Shortlist, leading
from core.store.rows import Vector, bodies, matrix, measured_vectors, micros
from core.store.scale import Scale
from core.store.tables import MEMORY_READ
from core.store.words import bm25
from schemas.search import Candidate, Selection

_WORTH_CHOOSING = 2
"""Where a shortlist would leave out less than half, choosing costs what it saves."""


@dataclass(slots=True)
class Whole:
    """The rows of a selection: what each memory is made of, its (dim,) vector, and its BM25 score."""

    rows: pa.Table
    vectors: Vector
    lexical: Numbers

    def candidates(self, vector: Vector | None, limit: int, shortlist: Shortlist | None = None) -> list[Candidate]:
        """The `limit` nearest to the (dim,) unit vector and the `limit` best by their words, nearest first.

        With a `shortlist` of these the most promising ones.
        """
        similarities = np.zeros(self.rows.num_rows) if vector is None else np.clip(self.vectors @ vector, -1.0, 1.0).astype(np.float64)
        measured, order = Measured(self.rows, similarities, self.lexical), leading(similarities, len(similarities))
        near = order[: limit if vector is not None and vector.any() else 0]
        worded = order[leading(self.lexical[order], min(limit, int(np.count_nonzero(self.lexical))))]
        wanted = np.union1d(near, worded)
        if shortlist is not None and len(wanted) > _WORTH_CHOOSING * shortlist.known:
            wanted = measured.best(shortlist, wanted)
        return measured.candidates(order[np.isin(order, wanted)])


async def read_whole(table: AsyncTable, scale: Scale, selection: Selection, text: str, now: datetime, dimension: int) -> Whole | None:
    """What a selection of known subjects means at `now`, matched with the words of `text`; None where it is too much."""
    where, most = confined_filter(selection), await scale.whole(table)

    async def read(columns: list[str]) -> pa.Table:
        return await answer(table.query().where(where).select(columns).limit(most.rows + 1).to_arrow())

    rows = await read(scale.searched(table))
    if rows.num_rows > most.rows or rows["body"].nbytes > most.bytes + rows.num_rows * code_chars(dimension):
        return None
    vectors, glances = measured_vectors(rows, dimension), _glances(rows, scale.glances)
    if vectors is None or glances is None:
        scale.note_uncoded(table)
        rows = await read([*MEMORY_READ, "vector"])
        vectors, glances = matrix(rows), list(map(Glance.of, bodies(rows)))
    now_us = micros(now)
    meant = np.array([place for place, glance in enumerate(glances) if _means(selection, glance, now_us)], np.int64)
    lexical = np.array(bm25([glances[place].terms for place in meant], text))
    rows = rows.select([name for name in MEMORY_READ if name in rows.column_names])
    return Whole(rows, vectors, lexical) if len(meant) == len(glances) else Whole(rows.take(meant), vectors[meant], lexical)


def _glances(rows: pa.Table, known: Glances) -> list[Glance] | None:
    """None where an older version wrote some of the rows: their bodies lack the content."""
    texts = rows["body"].to_pylist()
    found = [known.get(text) for text in texts]
    if new := [place for place, glance in enumerate(found) if glance is None]:
        parsed = bodies(rows.take(new))
        if not all("content" in body for body in parsed):
            return None
        for place, body in zip(new, parsed, strict=True):
            found[place] = known.put(texts[place], Glance.of(body))
    return [glance for glance in found if glance is not None]


def _means(selection: Selection, glance: Glance, now_us: int) -> bool:
    """What `confined_filter` leaves to be asked of a row itself."""
    alive = selection.show_expired or glance.expires_us is None or glance.expires_us > now_us
    return alive and glance.owner == selection.owner
