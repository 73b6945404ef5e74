"""Numbered: rows by their numbers, those that were read lately from memory and the others from the table."""

from collections.abc import Iterable, Sequence
from itertools import starmap

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable

from core.store.codes import in_eight_bits, numbers_of, of_length_one
from core.store.engine import rows_of
from core.store.lately import Row
from core.store.rows import Vector, matrix, memories
from core.store.scale import Scale


async def numbered(table: AsyncTable, scale: Scale, wanted: Sequence[int], dimension: int) -> list[Row] | None:
    """The rows of these numbers, in their order; None where one is no longer there, or as for `remembered`."""
    known = scale.lately.get(table.name, wanted)
    if unread := [number for number in wanted if number not in known]:
        rows = await rows_of(table.take_row_ids(unread).with_row_id().select(scale.searched(table)), len(unread))
        read = remembered(table, scale, rows, dimension)
        if read is None or list(read) != unread:
            return None
        known |= read
    return [known[number] for number in wanted]


def remembered(table: AsyncTable, scale: Scale, rows: pa.Table, dimension: int) -> dict[int, Row] | None:
    """By number the rows that were read, `_rowid` and `scale.searched`; None where more must be read, for an older version wrote some."""
    bodies = rows["body"].to_pylist()
    whole = "vector" in rows.column_names
    numbers = in_eight_bits(matrix(rows)) if whole else numbers_of(bodies, dimension)
    if numbers is None:
        scale.note_uncoded(table)
        return None
    read = starmap(Row, zip(map(np.ndarray.tobytes, numbers), memories(rows) if whole else bodies, strict=True))
    found = dict(zip(rows["_rowid"].to_pylist(), read, strict=True))
    scale.lately.put(table.name, found)
    return found


def vectors_of(rows: Iterable[Row], dimension: int) -> Vector:
    """Their (n, dim) unit vectors."""
    return of_length_one(np.frombuffer(b"".join(row.numbers for row in rows), np.int8).reshape(-1, dimension))
