"""Lately: rows that were read are remembered by their numbers, for a while and in little room; what is found is as it is now."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pyarrow as pa
import pytest
from lancedb import AsyncTable
from store_rows import DIMENSION, NOW, Remember, later, memory, of, writer_of
from supervised import until

from core.store import rows, shortlist
from core.store.connection import Store
from core.store.lately import Lately, Row
from core.store.promising import Shortlist
from core.store.reader import Reader
from core.store.rows import Vector
from core.store.scale import DENSE, WHOLE_ROWS
from core.store.tables import memories_name
from schemas.memory import Memory
from schemas.scope import shard_of
from schemas.search import Candidate

LIMIT = 50
WORDS = "g11 g222 g3333"
FEW = Shortlist(25, 20, 1.0, lambda similarity, lexical, full_marks: similarity + lexical, lambda best: 1.0)
ROOM = 2_600
"""For three entries of a short text, and not for four."""


def row(text: str) -> Row:
    return Row(bytes(8), text)


def known(lately: Lately, *numbers: int) -> list[int]:
    return list(lately.get("t", numbers))


async def test_what_was_not_read_for_the_longest_goes_first() -> None:
    lately = Lately(bytes_max=ROOM)
    lately.put("t", {1: row("tea"), 2: row("chess"), 3: row("sleep")})
    assert known(lately, 1) == [1]
    lately.put("t", {4: row("music")})
    assert known(lately, 1, 2, 3, 4) == [1, 3, 4]


async def test_rows_of_two_tables_have_the_same_numbers() -> None:
    lately = Lately()
    tea, chess = row("tea"), row("chess")
    lately.put("t", {1: tea})
    lately.put("u", {1: chess})
    assert (lately.get("t", [1, 2]), lately.get("u", [1]), lately.get("v", [1])) == ({1: tea}, {1: chess}, {})


async def test_the_same_row_read_by_two_takes_its_room_once() -> None:
    lately = Lately(bytes_max=ROOM)
    for _ in range(5):
        lately.put("t", {1: row("tea")})
    lately.put("t", {2: row("chess"), 3: row("sleep")})
    assert known(lately, 1, 2, 3) == [1, 2, 3]


async def test_a_row_of_which_a_memory_was_made_leaves_the_room_that_it_took() -> None:
    lately = Lately(bytes_max=ROOM)
    for number in range(30):
        told = rows._body(memory(f"m{number}"))
        lately.put("t", {number: Row(bytes(8), told)})
        assert lately.get("t", [number])[number].memory.content == f"m{number}"
    lately.put("t", {n: row("tea") for n in (31, 32, 33)})
    assert known(lately, *range(34)) == [31, 32, 33]


async def test_one_that_takes_all_the_room_is_not_kept_and_leaves_room_for_the_next() -> None:
    lately = Lately(bytes_max=ROOM)
    lately.put("t", {1: row("long " * 1_000)})
    lately.put("t", {2: row("tea")})
    assert known(lately, 1, 2) == [2]


async def test_nothing_stays_that_is_not_read_again() -> None:
    """No later call is needed: a process at rest forgets too."""
    lately = Lately(kept_s=0.05)
    lately.put("t", {1: row("tea")})
    assert lately._kept
    await until(lambda: not lately._kept)
    assert known(lately, 1) == []
    lately.put("t", {1: row("tea")})
    assert known(lately, 1) == [1]


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows each reading by number was of."""
    seen: list[int] = []
    inner = AsyncTable.take_row_ids

    def noting(table: AsyncTable, rows: list[int]) -> object:
        seen.append(len(rows))
        return inner(table, rows)

    monkeypatch.setattr(AsyncTable, "take_row_ids", noting)
    return seen


@pytest.fixture
def question() -> Vector:
    vector = np.random.default_rng(21).standard_normal(DIMENSION).astype(np.float32)
    unit: Vector = vector / np.linalg.norm(vector)
    return unit


async def search(reader: Reader, question: Vector, words: str = WORDS) -> list[Candidate]:
    return await reader.search(of("giant"), question, words, LIMIT, FEW)


async def nearest_of(reader: Reader, question: Vector) -> Memory:
    [candidate, *_] = await search(reader, question)
    return candidate.memory


async def test_what_was_read_is_not_read_again(crowded: Store, reader: Reader, question: Vector, taken: list[int]) -> None:
    first = await search(reader, question)
    assert await search(reader, question) == first
    assert len(taken) == 1
    await search(reader, question, words="g11 g44")
    assert [0 < rows < taken[0] for rows in taken[1:]] == [True]


async def test_what_was_corrected_since_is_found_as_it_is_now(crowded: Store, reader: Reader, question: Vector) -> None:
    nearest = await nearest_of(reader, question)
    await writer_of(crowded, nearest).commit([(later(nearest, content="corrected"), None)], [])
    found = await search(reader, question)
    assert [c.memory.content for c in found if c.memory.id == nearest.id] == ["corrected"]


async def test_what_was_deleted_since_is_found_no_more(crowded: Store, reader: Reader, question: Vector) -> None:
    nearest = await nearest_of(reader, question)
    await writer_of(crowded, nearest).commit([], [], deletes=[nearest.id])
    assert nearest.id not in {candidate.memory.id for candidate in await search(reader, question)}


async def test_a_memory_corrected_between_the_indexes_answers_is_not_there_twice(
    crowded: Store, reader: Reader, question: Vector, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it was it is remembered, and by the words it is found as it is now."""
    nearest = await nearest_of(reader, question)
    inner, matched, done = shortlist.likely, shortlist._worded, asyncio.Event()

    async def likely(*args: object) -> pa.Table:
        found = await inner(*args)  # type: ignore[arg-type]
        if not done.is_set():
            await writer_of(crowded, nearest).commit([(later(nearest, content="g11 corrected"), None)], [])
            await crowded.reading(memories_name(shard_of(nearest.scope.subject, crowded.shards)))
            done.set()
        return found

    async def worded(*args: object) -> pa.Table:
        await done.wait()
        return await matched(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(shortlist, "likely", likely)
    monkeypatch.setattr(shortlist, "_worded", worded)
    found = await search(reader, question)
    assert [c.memory.content for c in found if c.memory.id == nearest.id] == ["g11 corrected"]


def contents(found: list[Candidate]) -> list[str]:
    return [candidate.memory.content for candidate in found]


async def test_of_a_small_user_what_is_new_is_read_and_nothing_else(reader: Reader, remember: Remember, taken: list[int]) -> None:
    await remember(*(memory(f"tea {n}") for n in range(20)))
    for _ in range(3):
        assert len(await reader.search(of("ann"), None, "tea", 30)) == 20
    assert taken == []
    await remember(memory("tea again"), memory("bob's tea", user="bob"))
    assert len(await reader.search(of("ann"), None, "tea", 30)) == 21
    assert taken == [1]


async def test_a_second_search_sees_what_was_changed_added_and_deleted_since(store: Store, reader: Reader, remember: Remember) -> None:
    first, second = memory("The user drinks tea."), memory("The user sells tea.")
    await remember(first, second, memory("The user sleeps."))
    for _ in range(2):
        assert sorted(contents(await reader.search(of("ann"), None, "tea", 5))) == ["The user drinks tea.", "The user sells tea."]
    await remember(replace(first, content="The user drinks coffee.", version=2), memory("Tea is what Bob likes."))
    await writer_of(store, second).commit([], [], deletes=[second.id])
    assert contents(await reader.search(of("ann"), None, "tea", 5)) == ["Tea is what Bob likes."]
    assert contents(await reader.search(of("ann"), None, "coffee", 5)) == ["The user drinks coffee."]


async def test_a_memory_that_expires_between_two_searches_is_found_by_the_first(store: Store, remember: Remember) -> None:
    now = [NOW]
    reader = Reader(store, clock=lambda: now[0])
    await remember(memory("The user is in Rome.", expires_at=NOW + timedelta(hours=1)))
    assert len(await reader.search(of("ann"), None, "Rome", 5)) == 1
    now[0] += timedelta(hours=2)
    assert await reader.search(of("ann"), None, "Rome", 5) == []


async def test_a_small_user_who_outgrows_it_is_found_alike(reader: Reader, remember: Remember) -> None:
    """What is known by its number is not read, but how much there may be of it stays what it was."""
    await remember(memory("the first tea"))
    assert len(await reader.search(of("ann"), None, "tea", 5)) == 1
    await remember(*(memory(f"tea {n}") for n in range(WHOLE_ROWS * DENSE)))
    found = await reader.search(of("ann"), None, "first tea", 5)
    assert "the first tea" in contents(found)


async def test_rows_that_were_moved_are_read_where_they_are_now(store: Store, reader: Reader, remember: Remember) -> None:
    for n in range(3):
        await remember(memory(f"tea {n}"))
    assert len(await reader.search(of("ann"), None, "tea", 5)) == 3
    writing = await store.writing(memories_name(shard_of(memory().scope.subject, store.shards)))
    await writing.optimize()
    assert sorted(contents(await reader.search(of("ann"), None, "tea", 5))) == ["tea 0", "tea 1", "tea 2"]


async def test_where_a_users_first_row_is_forgotten_all_are_read_again(reader: Reader, remember: Remember, taken: list[int]) -> None:
    reader._scale.lately = Lately(bytes_max=9_000)
    await remember(*(memory(f"tea {n}") for n in range(5)), *(memory(f"tea {n}", user="bob") for n in range(5)))
    for user in ("ann", "bob", "ann", "bob"):
        assert len(await reader.search(of(user), None, "tea", 9)) == 5
    assert taken == []
