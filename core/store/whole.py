"""Whole: what a filter leaves of few memories is read whole, and compared and matched here."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable

from core.store.bodies import with_bodies
from core.store.engine import answer
from core.store.filters import confined_filter
from core.store.rows import Vector, made, matrix, micros
from core.store.words import bm25
from schemas.search import Candidate, Selection

WHOLE_ROWS = 256
WHOLE_BYTES = 256 << 10
"""Up to so many rows, of so much text, are read whole: one read that need not wait for the question's vector takes less than
a vector query after it and a full-text query, and grows with nobody else's memories."""


@dataclass(slots=True)
class Whole:
    """The rows of a selection: what each memory is made of, its (dim,) vector, and its BM25 score."""

    bodies: Sequence[dict[str, Any]]
    vectors: Vector
    lexical: Sequence[float]

    def candidates(self, vector: Vector | None, limit: int) -> list[Candidate]:
        """The `limit` nearest to the (dim,) unit vector and the `limit` best by their words, nearest first."""
        similarities = np.zeros(len(self.bodies)) if vector is None else np.clip(self.vectors @ vector, -1.0, 1.0)
        near = limit if vector is not None and vector.any() else 0
        order = np.argsort(-similarities, kind="stable").tolist()
        worded = sorted((place for place in order if self.lexical[place]), key=lambda place: -self.lexical[place])
        wanted = {*order[:near], *worded[:limit]}
        return [Candidate(made(self.bodies[at]), float(similarities[at]), self.lexical[at]) for at in order if at in wanted]


async def read_whole(table: AsyncTable, selection: Selection, text: str, now: datetime) -> Whole | None:
    """What a selection of known subjects means at `now`, matched with the words of `text`; None where it is too much."""
    where = confined_filter(selection)

    async def read(columns: list[str]) -> pa.Table:
        return await answer(table.query().where(where).select([*columns, "vector"]).limit(WHOLE_ROWS + 1).to_arrow())

    rows, bodies = await with_bodies(read)
    if rows.num_rows > WHOLE_ROWS or rows["body"].nbytes > WHOLE_BYTES:
        return None
    meant = [place for place, body in enumerate(bodies) if _means(selection, body, micros(now))]
    kept = [bodies[place] for place in meant]
    return Whole(kept, matrix(rows)[meant], bm25([body["content"] for body in kept], text))


def _means(selection: Selection, body: dict[str, Any], now_us: int) -> bool:
    """What `confined_filter` leaves to be asked of a row itself."""
    expires_us = body.get("expires_at")
    return body["scope"]["owner"] == selection.owner and (selection.show_expired or expires_us is None or expires_us > now_us)
