"""Export: what an extent has in it, line by line, as `schemas.portable` spells it."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import datetime

import numpy as np

from core.models.space import Space
from core.store.connection import Store
from core.store.exporting import Exported, Extent, read_gone, read_memories
from schemas.memory import Change
from schemas.portable import End, Header, dump_change, dump_line, dump_memory

VECTOR = np.dtype("<f4")
"""How a vector's numbers travel."""


async def export_lines(store: Store, extent: Extent, space: Space, now: datetime) -> AsyncGenerator[tuple[bytes, End], None]:
    """Pieces of some hundred whole lines, each with what has been told so far. The last piece is the end line.

    Raises Unavailable: what was told is then not whole, and has no end line.
    """
    told = End(memories=0, changes=0)
    header = Header(exported_at=now, embedding_model=space.model, dimension=space.dimension, history=extent.history, vectors=extent.vectors)
    yield dump_line(header), told
    async with aclosing(read_memories(store, extent)) as pages:
        async for page in pages:
            told = told.model_copy(update={"memories": told.memories + len(page)})
            yield await asyncio.to_thread(_memory_lines, page), told
    async with aclosing(read_gone(store, extent)) as gone:
        async for changes in gone:
            told = told.model_copy(update={"changes": told.changes + len(changes)})
            yield await asyncio.to_thread(_change_lines, changes), told
    yield dump_line(told), told


def _memory_lines(page: Sequence[Exported]) -> bytes:
    return b"".join(
        dump_memory(one.memory, one.history, one.links, None if one.vector is None else one.vector.astype(VECTOR).tobytes()) for one in page
    )


def _change_lines(changes: Sequence[Change]) -> bytes:
    return b"".join(map(dump_change, changes))
