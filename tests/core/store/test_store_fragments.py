"""Fragments: what an upkeep writes anew does not grow with the table, and neither do the pieces that a search has to ask."""

import asyncio
import threading
from pathlib import Path

import numpy as np
import pytest
from store_rows import DIMENSION, memory, of, towards, writer_of

from core.store import fragments
from core.store.connection import Store
from core.store.fragments import PIECES_MAX
from core.store.nearest import VECTOR_INDEX_ROWS
from core.store.reader import Reader
from core.store.tables import memories_name
from core.store.upkeep import FRAGMENTS_DUE, Upkeep
from schemas.errors import Unavailable
from schemas.scope import shard_of

SHARD = shard_of(memory().scope.subject, 3)


async def said(store: Store, rows: int, word: str = "note") -> None:
    """One commit."""
    vectors = np.random.default_rng(rows).standard_normal((rows, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    await writer_of(store, memory()).commit([(memory(f"{word} {n}"), vector) for n, vector in enumerate(vectors)], [])


async def sizes(store: Store) -> list[int]:
    """Rows of each fragment."""
    table = await store.reading(memories_name(SHARD))
    return [piece.count_rows() for piece in (await table.to_lance()).get_fragments()]


async def test_a_full_fragment_is_left_alone_and_small_ones_are_joined(
    store: Store, location: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fragments, "FULL_ROWS", 50)
    await said(store, 60, "first")
    await fragments.tend(await store.writing(memories_name(SHARD)))
    files = set((Path(location) / f"{memories_name(SHARD)}.lance" / "data").glob("*"))
    for n in range(3):
        await said(store, 10, f"more{n}")
    done = await fragments.tend(await store.writing(memories_name(SHARD)))
    assert done.fragments_removed == 3
    assert await sizes(store) == [60, 30]
    assert len(files) == 1
    assert all(file.exists() for file in files)
    assert (await Reader(store).page(of("ann"))).total == 90


async def test_full_fragments_do_not_make_a_table_due(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fragments, "FULL_ROWS", 5)
    upkeep = Upkeep(store, monotonic=lambda: 1_000.0)
    await upkeep.run(SHARD)
    for n in range(FRAGMENTS_DUE):
        await said(store, 5, f"full{n}")
    due = [await upkeep.due(SHARD)]
    monkeypatch.setattr(fragments, "FULL_ROWS", 1_000)
    due.append(await upkeep.due(SHARD))
    assert due == [False, True]


async def test_the_pieces_of_a_vector_index_are_merged_and_everything_is_still_found(store: Store, reader: Reader) -> None:
    await said(store, VECTOR_INDEX_ROWS, "old")
    upkeep, merged = Upkeep(store), 0.0
    await upkeep.run(SHARD)
    for n in range(PIECES_MAX):
        await writer_of(store, memory()).commit([(memory(f"new {n}"), towards(1, n / 100))], [])
        merged += (await upkeep.run(SHARD))["index_pieces_merged"]
        table = await store.reading(memories_name(SHARD))
        assert max(len(index.segments) for index in (await table.to_lance()).describe_indices()) < PIECES_MAX
    assert merged == PIECES_MAX
    found = {candidate.memory.content for candidate in await reader.search(of("ann"), towards(1), None, PIECES_MAX)}
    assert found == {f"new {n}" for n in range(PIECES_MAX)}


async def test_who_is_told_to_stop_waits_for_the_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commit lock must not be let go while the table is being written."""
    begun, go_on, ended = threading.Event(), threading.Event(), threading.Event()

    def slow(dataset) -> fragments.Tended:
        begun.set()
        go_on.wait(10)
        ended.set()
        return fragments.Tended(0, 0)

    monkeypatch.setattr(fragments, "_tend", slow)
    task = asyncio.create_task(fragments.tend(await store.writing(memories_name(SHARD))))
    await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended.is_set()


async def test_an_engine_that_fails_is_told_as_a_store_that_does_not_answer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(dataset) -> fragments.Tended:
        raise OSError("No space left on device")

    monkeypatch.setattr(fragments, "_tend", broken)
    with pytest.raises(Unavailable):
        await fragments.tend(await store.writing(memories_name(SHARD)))
