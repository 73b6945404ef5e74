"""Sweep: the nearest to many vectors at once, by one pass over a subject's rows instead of a search for each."""

import asyncio

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable
from numpy.typing import NDArray

from core.store.engine import answer
from core.store.rows import Vector, matrix

_ROWS = 2_048
"""Rows held at once, 3 MB: the pass takes no more memory for a subject of a million."""


class _Best:
    """The k nearest ids so far to each of (n, dim) vectors."""

    def __init__(self, vectors: Vector, k: int) -> None:
        self._vectors = vectors
        self._k = k
        self._similarities = np.full((len(vectors), k), -np.inf, np.float32)
        self._ids: NDArray[np.object_] = np.full((len(vectors), k), None, object)

    def see(self, rows: pa.Table) -> None:
        similarities = np.concatenate([self._similarities, self._vectors @ matrix(rows).T], axis=1)
        places = np.argpartition(-similarities, self._k - 1, axis=1)[:, : self._k]
        here = np.asarray(rows["id"].to_pylist(), object)[np.maximum(places - self._k, 0)]
        before = np.take_along_axis(self._ids, np.minimum(places, self._k - 1), axis=1)
        self._ids = np.where(places < self._k, before, here)
        self._similarities = np.take_along_axis(similarities, places, axis=1)

    def ids(self, least: float) -> list[list[str]]:
        """Nearest first, of those of at least that cosine."""
        orders = np.argsort(-self._similarities, axis=1, kind="stable")
        rows = zip(self._similarities, self._ids, orders, strict=True)
        return [[str(ids[at]) for at in order if similarities[at] >= least] for similarities, ids, order in rows]


async def sweep(table: AsyncTable, where: str, vectors: Vector, k: int, least: float) -> list[list[str]]:
    """For each of (n, dim) unit vectors the ids of up to k rows of at least that cosine, nearest first. Exact."""
    return await answer(_swept(table, where, vectors, k, least))


async def _swept(table: AsyncTable, where: str, vectors: Vector, k: int, least: float) -> list[list[str]]:
    best = _Best(vectors, k)
    async for batch in await table.query().where(where).select(["id", "vector"]).to_batches(max_batch_length=_ROWS):
        await asyncio.to_thread(best.see, pa.Table.from_batches([batch]))
    return best.ids(least)
