"""Nearest: vector queries, by the index or past it."""

import asyncio

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable
from lancedb.query import AsyncVectorQuery
from numpy.typing import NDArray

from core.store.engine import rows_of
from core.store.rows import Vector, matrix

EXACT_ROWS = 3_000
"""Up to this many rows in scope each is compared; beyond, the vector index is asked, where there is one."""
VECTOR_INDEX_ROWS = 8_000
"""A shard of fewer rows gets no vector index."""
_PROBES = 20
_MORE = 4
_MORE_AT_LEAST = 10
"""Of the index a quarter more rows are asked for than are wanted, and this many more at least: it knows vectors by four bits a number,
so that its order is not quite theirs."""

Sought = Vector | asyncio.Future[Vector] | None
"""A question's unit vector, (dim,) float32; also one that is still being made, so that the rest of the search goes on meanwhile."""


async def known(vector: Sought) -> Vector | None:
    return await asyncio.shield(vector) if isinstance(vector, asyncio.Future) else vector


async def nearest(table: AsyncTable, vector: Vector, where: str, columns: list[str], limit: int, *, exact: bool) -> pa.Table:
    """The `limit` rows nearest to the (dim,) unit vector, nearest first, with their `_distance`, 1 - cosine.

    Not exact, it may miss a row and, where the filter leaves few, give too few.
    """
    query = _query(table, vector, where)
    if exact:
        return await rows_of(query.bypass_vector_index().select([*columns, "_distance"]).limit(limit))
    found = await rows_of(query.nprobes(_PROBES).select(list({*columns, "vector", "_distance"})).limit(_enough(limit)))
    distances = 1.0 - matrix(found) @ vector
    return _first(found.select(columns).append_column("_distance", pa.array(distances, pa.float32())), distances, limit)


async def likely(table: AsyncTable, vector: Vector, where: str, limit: int) -> pa.Table:
    """`_rowid` and `_distance` of rows that hold, most likely, the `limit` nearest, as far as the index knows; no row is read."""
    query = _query(table, vector, where).nprobes(_PROBES).with_row_id()
    return await rows_of(query.select(["_distance"]).limit(_enough(limit)), _enough(limit))


def _query(table: AsyncTable, vector: Vector, where: str) -> AsyncVectorQuery:
    return table.query().nearest_to(vector).column("vector").distance_type("cosine").where(where)


def _enough(limit: int) -> int:
    return limit + max(_MORE_AT_LEAST, limit // _MORE)


def _first(rows: pa.Table, distances: NDArray[np.float32], limit: int) -> pa.Table:
    """The nearest by the vectors themselves. LanceDB's refining would read twice as many, in a step of its own."""
    return rows.take(np.argsort(distances, kind="stable")[:limit])
