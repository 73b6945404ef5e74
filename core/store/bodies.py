"""Bodies: rows read for searches, by the one column that says all of a memory."""

from collections.abc import Awaitable, Callable
from typing import Any

import pyarrow as pa

from core.store.rows import bodies
from core.store.tables import MEMORY_READ

Read = Callable[[list[str]], Awaitable[pa.Table]]
"""Reads the columns named, and whatever else is wanted of the rows."""


async def with_bodies(read: Read) -> tuple[pa.Table, list[dict[str, Any]]]:
    """The rows, and of each what a memory is made of. Read once more, with their contents, where an older version wrote some of them."""
    rows = await read(["body"])
    found = bodies(rows)
    if all("content" in body for body in found):
        return rows, found
    rows = await read(MEMORY_READ)
    return rows, bodies(rows)
