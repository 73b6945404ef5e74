"""Waiting for LanceDB: every call has a timeout, and its failures are told as ours."""

import asyncio
from collections.abc import Awaitable, Coroutine
from typing import Any, TypeVar

import pyarrow as pa
from lancedb.query import AsyncQueryBase

from schemas.errors import Unavailable

CALL_S = 30.0
"""Longest wait for a read or a commit."""
UPKEEP_S = 900.0
"""Longest wait for a compaction or an index build."""

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")


async def answer(call: Awaitable[T], timeout_s: float = CALL_S) -> T:
    """What LanceDB answers. Raises Unavailable when it fails or takes too long.

    A ValueError passes: it says that we asked for something malformed. LanceDB's own words stay in `__cause__`, for they
    may quote what was asked, and that is somebody's memory.
    """
    try:
        async with asyncio.timeout(timeout_s):
            return await call
    except (OSError, RuntimeError) as problem:
        raise Unavailable(f"the store did not answer ({type(problem).__name__})") from problem


async def rows_of(query: AsyncQueryBase, most: int | None = None) -> pa.Table:
    """A query's rows; with `most` it is known that there are no more. Raises as `answer` does.

    As its `to_arrow`, but that asks for the table's schema first, to look for columns of blobs, which no table of ours has; and that
    nothing comes after the last row it asks, too. These are two of its four steps, each handed to another thread and back.
    """
    query._table = None
    return await answer(_rows_of(query, most))


async def _rows_of(query: AsyncQueryBase, most: int | None) -> pa.Table:
    reader, batches, count = await AsyncQueryBase.to_batches(query), [], 0  # subclasses' read all first, for rerankers
    async for batch in reader:
        batches.append(batch)
        count += batch.num_rows
        if count == most:
            break
    return pa.Table.from_batches(batches, schema=reader.schema)


async def together(*calls: Coroutine[Any, Any, T]) -> list[T]:
    """What calls made side by side give, in their order. When one fails the others are dropped, and it fails as if it were alone."""
    try:
        async with asyncio.TaskGroup() as tasks:
            made = [tasks.create_task(call) for call in calls]
    except BaseExceptionGroup as group:
        raise group.exceptions[0] from group
    return [task.result() for task in made]


async def both(one: Coroutine[Any, Any, A], other: Coroutine[Any, Any, B]) -> tuple[A, B]:
    """`together` for two calls that give different things."""
    first: Any
    second: Any
    first, second = await together(one, other)
    return first, second
