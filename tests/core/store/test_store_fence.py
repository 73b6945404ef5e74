"""A commit that was begun before the fence fails, however late it goes on."""

from collections.abc import AsyncIterator

import lancedb
import pyarrow as pa
import pytest
from lancedb import AsyncTable
from store_rows import DIMENSION, SHARDS, later, memory, of, remember_in, towards, writer_of

from core.store.connection import Store
from core.store.engine import answer
from core.store.reader import Reader
from core.store.rows import memory_batch
from core.store.tables import memories_name
from schemas.errors import Unavailable
from schemas.memory import Memory
from schemas.scope import shard_of

SHARD = shard_of(memory().scope.subject, SHARDS)


@pytest.fixture
async def stalled(location: str, store: Store) -> AsyncIterator[AsyncTable]:
    """The table as a process sees it that read it and was stopped then: whatever it commits follows from what it had read."""
    db = await lancedb.connect_async(location)
    table = await db.open_table(memories_name(SHARD))
    assert await table.count_rows() == 0
    yield table
    table.close()
    db.close()


async def write(table: AsyncTable, known: Memory) -> None:
    rows = pa.Table.from_batches([memory_batch([known], [towards(1)], DIMENSION)])
    await answer(table.merge_insert("id").when_not_matched_insert_all().execute(rows))


async def test_a_commit_begun_before_the_fence_never_comes_after_it(store: Store, stalled: AsyncTable) -> None:
    known = memory()
    await remember_in(store)(known)
    await store.fence(SHARD)
    with pytest.raises(Unavailable):
        await write(stalled, known)
    assert await Reader(store).count(of("ann")) == 1


async def test_a_deleted_memory_is_not_made_again_by_who_was_stopped_meanwhile(store: Store, stalled: AsyncTable) -> None:
    known = memory()
    await store.fence(SHARD)
    await remember_in(store)(known)
    await writer_of(store, known).commit([], [], deletes=[known.id])
    with pytest.raises(Unavailable):
        await write(stalled, known)
    assert await Reader(store).count(of("ann")) == 0


async def test_after_the_fence_all_goes_on_as_before(store: Store) -> None:
    known = memory()
    await remember_in(store)(known)
    await store.fence(SHARD)
    await writer_of(store, known).commit([(later(known, content="The user likes coffee."), towards(1))], ())
    assert [found.content for found in await Reader(store).get("acme", [known.id])] == ["The user likes coffee."]


async def test_rows_that_a_fence_took_back_leave_their_numbers_to_nobody(store: Store, stalled: AsyncTable) -> None:
    """What searches remember of a row by its number (core/store/lately.py) would be another's otherwise."""
    fence = await store.writing(memories_name(SHARD))
    await fence.checkout(await fence.version())
    await write(stalled, memory("too late"))
    taken_back = await numbers(store)
    await fence.restore()
    assert await numbers(store) == set()
    for n in range(3):
        await remember_in(store)(memory(f"after it {n}"))
    assert len(taken_back) == 1
    assert len(await numbers(store)) == 3
    assert not taken_back & await numbers(store)


async def numbers(store: Store) -> set[int]:
    table = await store.reading(memories_name(SHARD))
    return set((await table.query().with_row_id().select(["id"]).to_arrow())["_rowid"].to_pylist())
