"""Nearest: vector queries, by the index or past it."""

import pyarrow as pa
from lancedb import AsyncTable

from core.store.engine import answer
from core.store.rows import Vector

EXACT_ROWS = 3_000
"""Up to this many rows in scope each is compared; beyond, the vector index is asked, where there is one."""
VECTOR_INDEX_ROWS = 8_000
"""A shard of fewer rows gets no vector index."""
_PROBES = 20
_REFINE = 2


async def nearest(table: AsyncTable, vector: Vector, where: str, columns: list[str], limit: int, *, exact: bool) -> pa.Table:
    """The `limit` rows nearest to the (dim,) vector, nearest first, with their `_distance`, 1 - cosine.

    Not exact, it may miss a row and, where the filter leaves few, give too few.
    """
    query = table.query().nearest_to(vector).column("vector").distance_type("cosine").where(where).select([*columns, "_distance"])
    query = query.bypass_vector_index() if exact else query.nprobes(_PROBES).refine_factor(_REFINE)
    return await answer(query.limit(limit).to_arrow())
