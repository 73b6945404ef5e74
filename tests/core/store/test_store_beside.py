"""Upkeep goes on beside commits: neither waits for the other, and whatever meets, each row is there once and found."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from store_rows import DIMENSION, later, memory, of, towards, writer_of

from core.store import fragments
from core.store import joining as joining_module
from core.store.connection import Store
from core.store.leftovers import _unnamed
from core.store.nearest import VECTOR_INDEX_ROWS
from core.store.reader import Reader
from core.store.rows import Vector
from core.store.tables import memories_name
from core.store.upkeep import FRAGMENTS_DUE, FRAGMENTS_MAX, Upkeep
from schemas.errors import Unavailable
from schemas.memory import Memory
from schemas.scope import shard_of

if TYPE_CHECKING:
    from lance import LanceDataset

SHARD = shard_of(memory().scope.subject, 3)
HERE = memories_name(SHARD)


class Lock:
    """The shard's commit lock, and how often it was taken."""

    def __init__(self) -> None:
        self.taken = 0
        self._lock = asyncio.Lock()

    @asynccontextmanager
    async def __call__(self) -> AsyncIterator[None]:
        async with self._lock:
            self.taken += 1
            yield


class Gate:
    """A step of upkeep that has read its table stands here, at some of the times it comes, until it is let through."""

    def __init__(self, step: Callable[..., int], *times: int) -> None:
        self._step, self._times, self._time = step, times or (1,), 0
        self._read, self._go_on = threading.Event(), threading.Event()

    def __call__(self, dataset: "LanceDataset", *rest: object) -> int:
        if f"{HERE}.lance" in dataset.uri:
            self._time += 1
            if self._time in self._times:
                self._read.set()
                assert self._go_on.wait(30)
                self._go_on.clear()
        return self._step(dataset, *rest)

    async def comes(self) -> None:
        """Returns when it stands."""
        assert await asyncio.to_thread(self._read.wait, 30)
        self._read.clear()

    def opens(self) -> None:
        self._go_on.set()

    @asynccontextmanager
    async def holding(self, upkeep: Upkeep, lock: Lock) -> AsyncIterator[None]:
        """Upkeep is in the middle of it while the body runs, and ended afterwards."""
        task = asyncio.create_task(upkeep.run(SHARD, lock))
        try:
            await self.comes()
            yield
        finally:
            self.opens()
            await task


@pytest.fixture
def joining(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """What is new is being joined."""
    monkeypatch.setattr(fragments, "join", gate := Gate(fragments.join))
    return gate


@pytest.fixture
def indexing(monkeypatch: pytest.MonkeyPatch) -> Gate:
    monkeypatch.setattr(fragments, "_index", gate := Gate(fragments._index))
    return gate


async def committed(store: Store, *known: Memory, vector: Vector | None = None) -> None:
    """Each by a commit of its own."""
    for one in known:
        await writer_of(store, one).commit([(one, towards(1) if vector is None else vector)], [])


def unnamed(location: Path) -> list[Path]:
    """Files that no version of the table names."""
    table = location / f"{HERE}.lance"
    return list(_unnamed(table, b"".join(manifest.read_bytes() for manifest in (table / "_versions").glob("*.manifest"))))


async def pieces(store: Store) -> int:
    return len((await (await store.reading(HERE)).to_lance()).get_fragments())


async def test_what_only_adds_lets_joining_be(store: Store, reader: Reader, joining: Gate) -> None:
    await committed(store, *(memory(f"note {n}") for n in range(5)))
    async with joining.holding(Upkeep(store), lock := Lock()):
        await committed(store, memory("meanwhile"))
    assert lock.taken == 0
    assert await pieces(store) == 1
    assert (await reader.page(of("ann"))).total == 6


async def test_a_commit_that_changes_what_is_joined_wins_and_it_is_joined_again(store: Store, reader: Reader, joining: Gate) -> None:
    notes = [memory(f"note {n}") for n in range(5)]
    await committed(store, *notes)
    async with joining.holding(Upkeep(store), lock := Lock()):
        await committed(store, later(notes[0], content="corrected"))
        await writer_of(store, notes[1]).commit([], [], deletes=[notes[1].id])
    assert lock.taken == 0
    assert await pieces(store) == 1
    said = {one.content for one in (await reader.page(of("ann"))).memories}
    assert said == {"corrected", "note 2", "note 3", "note 4"}


@pytest.mark.parametrize(("most", "taken"), [(FRAGMENTS_MAX, 0), (1, 1)])
@pytest.mark.parametrize("by_engine", [False, True])
async def test_what_is_corrected_again_and_again_is_joined_under_the_lock_in_the_end(
    store: Store, location: str, reader: Reader, monkeypatch: pytest.MonkeyPatch, most: int, taken: int, by_engine: bool
) -> None:
    """Seen before it is committed, or by the engine: a correction may come in that very moment. Nothing is left of what was written."""
    if by_engine:
        monkeypatch.setattr(joining_module, "changed", lambda latest, written: False)
    notes, lock = [memory(f"note {n}") for n in range(5)], Lock()
    await committed(store, *notes)
    monkeypatch.setattr(fragments, "join", gate := Gate(fragments.join, 1, 2))
    monkeypatch.setattr("core.store.upkeep.FRAGMENTS_MAX", most)
    task = asyncio.create_task(Upkeep(store).run(SHARD, lock))
    for n in range(2):
        await gate.comes()
        await committed(store, later(notes[n], content=f"corrected {n}"))
        gate.opens()
    report = await task
    assert (lock.taken, report["held_ms"] > 0) == (taken, bool(taken))
    assert unnamed(Path(location)) == []
    said = {one.content for one in (await reader.page(of("ann"))).memories}
    assert said == {"corrected 0", "corrected 1", "note 2", "note 3", "note 4"}
    assert len(await reader.search(of("ann"), None, "note corrected", 9)) == 5


async def in_two_pieces(store: Store) -> list[Memory]:
    """Fragments of rows that are in the same piece of each index, which the next visit joins."""
    notes = [memory(f"note {n}") for n in range(8)]
    table = await store.writing(HERE)
    for part in (notes[:4], notes[4:]):
        await committed(store, *part)
        await fragments.join_new(table, store.disk)
        await fragments.index(table)
    return notes


async def test_what_is_old_is_joined_once_its_indexes_are(store: Store, reader: Reader) -> None:
    notes = await in_two_pieces(store)
    assert await pieces(store) == 2
    await Upkeep(store).run(SHARD)
    assert await pieces(store) == 1
    assert len(await reader.get("acme", [note.id for note in notes])) == 8
    assert len(await reader.search(of("ann"), None, "note", 9)) == 8


@pytest.mark.parametrize("by_engine", [False, True])
async def test_a_correction_of_what_is_old_puts_its_joining_off(
    store: Store, location: str, monkeypatch: pytest.MonkeyPatch, by_engine: bool
) -> None:
    """The engine finds out only when the indexes are written anew, and lets go of them in time."""
    notes = await in_two_pieces(store)
    if by_engine:
        monkeypatch.setattr(joining_module, "changed", lambda latest, written: False)
    monkeypatch.setattr(fragments, "join", gate := Gate(fragments.join, 2, 3))
    task = asyncio.create_task(Upkeep(store).run(SHARD, lock := Lock()))
    for n in range(2):
        await gate.comes()
        await committed(store, later(notes[n], content=f"corrected {n}"))
        gate.opens()
    await task
    assert (lock.taken, await pieces(store)) == (0, 4)
    assert {file.parent.name for file in unnamed(Path(location))} == ({"_indices"} if by_engine else set())
    await Upkeep(store).run(SHARD)
    await Upkeep(store).run(SHARD)
    assert await pieces(store) <= 2


async def test_what_changes_while_the_indexes_are_made_is_found_as_it_is(store: Store, reader: Reader, indexing: Gate) -> None:
    notes = [memory(f"tea {n}") for n in range(40)]
    await committed(store, *notes[:20])
    async with indexing.holding(Upkeep(store), lock := Lock()):
        await committed(store, later(notes[0], content="coffee"), *notes[20:])
        await writer_of(store, notes[1]).commit([], [], deletes=[notes[1].id])
    assert lock.taken == 0
    for _ in range(2):  # with rows outside the indexes, then without
        assert (await (await store.reading(HERE)).index_stats("id_idx")).num_unindexed_rows in {0, 21}
        assert [one.content for one in await reader.get("acme", [notes[0].id, notes[1].id, notes[20].id])] == ["coffee", "tea 20"]
        assert {found.memory.content for found in await reader.search(of("ann"), None, "coffee", 9)} == {"coffee"}
        found = await reader.search(of("ann"), towards(1), "tea", 60)
        assert {one.memory.content for one in found} == {"coffee", *(f"tea {n}" for n in range(2, 40))}
        await Upkeep(store).run(SHARD)


async def test_rows_that_came_in_the_middle_are_not_forgotten_by_the_next_visit(store: Store, indexing: Gate) -> None:
    upkeep = Upkeep(store, monotonic=lambda: 1_000.0)
    async with indexing.holding(upkeep, Lock()):
        await committed(store, *(memory(f"note {n}") for n in range(FRAGMENTS_DUE)))
    assert await upkeep.due(SHARD)


async def test_an_index_that_was_begun_before_the_fence_never_comes_after_it(store: Store, indexing: Gate) -> None:
    """What an erasure writes anew has nothing of before in it: also not by an upkeep that lost its turn, and went on."""
    await committed(store, memory())
    with pytest.raises(Unavailable):
        async with indexing.holding(Upkeep(store), Lock()):
            await store.fence(SHARD)


async def test_a_store_that_is_written_to_all_the_time_is_tended_all_the_time(store: Store, reader: Reader) -> None:
    """Additions, corrections and deletions beside upkeep that never pauses, with the vector index trained in the middle."""
    luck = np.random.default_rng(7)
    vectors = luck.standard_normal((VECTOR_INDEX_ROWS, DIMENSION)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    there = {one.id: one for one in (memory(f"old {n}") for n in range(VECTOR_INDEX_ROWS - 200))}
    await writer_of(store, memory()).commit(list(zip(there.values(), vectors, strict=False)), [])
    ended, lock = asyncio.Event(), Lock()

    async def tend() -> int:
        visits = 0
        while not ended.is_set():
            await Upkeep(store).run(SHARD, lock)
            visits += 1
        return visits

    async def write(turn: int) -> None:
        new = [memory(f"new {turn} {n}") for n in range(12)]
        known = list(there)
        changed = [later(there[known[place]], content=f"changed {turn}") for place in luck.choice(len(known), 3, replace=False)]
        gone = known[int(luck.integers(len(known)))]
        there.update({one.id: one for one in (*new, *changed)})
        there.pop(gone)
        rows = [(one, vectors[n]) for n, one in enumerate((*new, *changed)) if one.id != gone]
        async with lock():
            await writer_of(store, memory()).commit(rows, [], deletes=[gone])

    tending = asyncio.create_task(tend())
    for turn in range(40):
        await write(turn)
    ended.set()
    assert await tending >= 2
    await Upkeep(store).run(SHARD)
    table = await store.reading(HERE)
    rows = (await table.query().select(["id", "content", "version"]).to_arrow()).to_pylist()
    assert sorted((row["id"], row["content"], row["version"]) for row in rows) == sorted(
        (one.id, one.content, one.version) for one in there.values()
    )
    assert await pieces(store) < FRAGMENTS_DUE
    assert {index.index_type for index in await table.list_indices()} >= {"IvfRq", "BTree", "FTS"}
    changed = {one.id for one in there.values() if one.content.startswith("changed")}
    assert {one.memory.id for one in await reader.search(of("ann"), None, "changed", 200)} == changed
    some = list(there)[::97]
    assert {one.id for one in await reader.get("acme", some)} == set(some)
