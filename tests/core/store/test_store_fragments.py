"""Fragments: what an upkeep writes anew does not grow with the table, and neither do the pieces that a search has to ask."""

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from store_rows import DIMENSION, memory, of, towards, writer_of

from core.store import fragments, joining
from core.store.connection import Store
from core.store.filters import any_id
from core.store.fragments import pieces_to_merge
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
    monkeypatch.setattr(joining, "FULL_ROWS", 50)
    await said(store, 60, "first")
    await fragments.join_new(await store.writing(memories_name(SHARD)), store.disk)
    files = set((Path(location) / f"{memories_name(SHARD)}.lance" / "data").glob("*"))
    for n in range(3):
        await said(store, 10, f"more{n}")
    assert await fragments.join_new(await store.writing(memories_name(SHARD)), store.disk) == 3
    assert await sizes(store) == [60, 30]
    assert len(files) == 1
    assert all(file.exists() for file in files)
    assert (await Reader(store).page(of("ann"))).total == 90


async def test_full_fragments_do_not_make_a_table_due(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.store.upkeep.FULL_ROWS", 5)
    upkeep = Upkeep(store, monotonic=lambda: 1_000.0)
    await upkeep.run(SHARD)
    for n in range(FRAGMENTS_DUE):
        await said(store, 5, f"full{n}")
    due = [await upkeep.due(SHARD)]
    monkeypatch.setattr("core.store.upkeep.FULL_ROWS", 1_000)
    due.append(await upkeep.due(SHARD))
    assert due == [False, True]


@pytest.mark.parametrize(
    ("pieces", "new", "merged"),
    [([], 100, 0), ([1_000], 100, 0), ([1_000, 100], 100, 1), ([1_000, 300, 100], 100, 3), ([4_000, 900, 100], 90, 1), ([0], 1, 1)],
)
def test_new_rows_take_with_them_the_pieces_that_are_not_much_larger(pieces: list[int], new: int, merged: int) -> None:
    assert pieces_to_merge(pieces, new) == merged


def test_however_often_an_index_grows_it_has_few_pieces_and_writes_each_row_a_few_times() -> None:
    pieces: list[int] = []
    written = 0
    for _ in range(1_000):
        count = pieces_to_merge(pieces, 100)
        kept, taken = pieces[: len(pieces) - count], pieces[len(pieces) - count :]
        pieces = [*kept, sum(taken) + 100]
        written += pieces[-1]
        assert len(pieces) <= 6
    assert sum(pieces) == 100_000
    assert written < 15 * 100_000


async def test_everything_is_found_in_whichever_piece_it_is(store: Store, reader: Reader) -> None:
    await said(store, VECTOR_INDEX_ROWS, "old")
    await Upkeep(store).run(SHARD)
    for n in range(6):
        await writer_of(store, memory()).commit([(memory(f"tea {n}"), towards(1, n / 100))], [])
        await Upkeep(store).run(SHARD)
        table = await store.reading(memories_name(SHARD))
        pieces = [len(index.segments) for index in (await table.to_lance()).describe_indices()]
        assert max(pieces) <= 3
        assert (await table.index_stats("id_idx")).num_unindexed_rows == 0
    found = await reader.search(of("ann"), towards(1), "tea", 6)
    assert {candidate.memory.content for candidate in found if candidate.lexical} == {f"tea {n}" for n in range(6)}
    assert {candidate.memory.content for candidate in found[:6]} == {f"tea {n}" for n in range(6)}


async def test_a_memory_is_changed_and_deleted_in_whichever_piece_it_is(store: Store, reader: Reader) -> None:
    mine = [memory(f"note {n}") for n in range(120)]
    for size, first in ((90, 0), (20, 90), (5, 110), (1, 115)):
        await writer_of(store, memory()).commit([(one, towards(1)) for one in mine[first : first + size]], [])
        await Upkeep(store).run(SHARD)
    table = await store.reading(memories_name(SHARD))
    assert (await table.index_stats("id_idx")).num_indices >= 3
    there = [mine[0], mine[89], mine[90], mine[110], mine[115]]
    changed = [replace(one, content=f"changed {one.content}", version=2) for one in there]
    await writer_of(store, memory()).commit([(one, towards(1)) for one in changed], [])
    await Upkeep(store).run(SHARD)
    assert (await reader.page(of("ann"))).total == 116
    assert [one.version for one in await reader.get("acme", [one.id for one in there])] == [2] * 5
    assert {one.memory.content for one in await reader.search(of("ann"), None, "changed", 9)} == {one.content for one in changed}
    await (await store.writing(memories_name(SHARD))).delete(any_id([one.id for one in there]))
    await Upkeep(store).run(SHARD)
    assert (await reader.page(of("ann"))).total == 111
    assert await reader.search(of("ann"), None, "changed", 9) == []


@pytest.mark.parametrize("patience_s", [60.0, 0.01])
async def test_who_stops_in_the_middle_waits_for_the_end(store: Store, monkeypatch: pytest.MonkeyPatch, patience_s: float) -> None:
    """Cancelled, or out of patience: its turn must not be another's while the table is being written."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(dataset, *rest) -> int:
        begun.set()
        go_on.wait(10)
        return 0

    monkeypatch.setattr(fragments, "join", slow)
    monkeypatch.setattr(fragments, "UPKEEP_S", patience_s)
    task = asyncio.create_task(fragments.join_new(await store.writing(memories_name(SHARD)), store.disk))
    await asyncio.to_thread(begun.wait, 10)
    if patience_s == 60.0:
        task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    go_on.set()
    with pytest.raises((asyncio.CancelledError, Unavailable)):
        await task


async def test_an_engine_that_fails_is_told_as_a_store_that_does_not_answer(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(dataset) -> int:
        raise OSError("No space left on device")

    monkeypatch.setattr(fragments, "_index", broken)
    with pytest.raises(Unavailable):
        await fragments.index(await store.writing(memories_name(SHARD)))
