"""What a reader sees: its owner's memories, every commit at once, in order, a page at a time."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from store_rows import DIMENSION, NOW, SHARDS, Remember, change, having, memory, of, towards, writer_of

from core.store.connection import Store
from core.store.reader import Reader
from schemas.memory import ChangeKind, MemoryState
from schemas.search import And, Entity, Selection


async def test_a_reader_sees_what_another_process_has_just_committed(store: Store, location: str, reader: Reader) -> None:
    other = await Store.open(location, shards=SHARDS, embedding_model="toy", dimension=DIMENSION)
    for n in range(3):
        known = memory(str(n))
        await writer_of(other, known).commit([(known, towards(1))], [change(known)])
        assert (await reader.page(of("ann"))).total == n + 1
        assert await reader.get("acme", [known.id]) == [known]
        assert len(await reader.history("acme", known.id)) == 1
        assert len(await reader.search(of("ann"), towards(1), None, 10)) == n + 1
    await other.close()


async def test_memories_come_in_the_order_of_the_ids_asked_for(reader: Reader, remember: Remember) -> None:
    rows = [memory(str(n), user=f"user{n}") for n in range(6)]
    foreign_id = memory("imported", id=str(uuid4()))
    odd_id = memory("odd", id="not a uuid' OR 1=1 --")
    await remember(*rows, foreign_id, odd_id)
    asked = [odd_id, rows[4], rows[0], foreign_id, rows[5]]
    assert await reader.get("acme", [*(known.id for known in asked), str(uuid4()), rows[4].id]) == asked


async def test_no_one_reads_another_owner_s_memories(store: Store, reader: Reader, remember: Remember) -> None:
    known = memory("secret")
    await remember(known)
    await writer_of(store, known).commit([], [change(known)])
    for owner in ("other", "", "acme' OR 'a'='a", "%"):
        assert await reader.get(owner, [known.id]) == []
        assert await reader.history(owner, known.id) == []
        assert await reader.entities(owner) == []
        assert await reader.count(Selection(owner=owner)) == 0
        assert not (await reader.page(Selection(owner=owner))).memories
        assert await reader.search(Selection(owner=owner), towards(1), "secret", 10) == []
        assert await reader.search(of("ann", owner=owner), towards(1), "secret", 10) == []


async def test_pages_cover_everything_once_newest_first(reader: Reader, remember: Remember) -> None:
    rows = [memory(str(n), user=f"user{n % 7}", created_at=NOW + timedelta(seconds=n // 3)) for n in range(25)]
    await remember(*rows)
    expected = sorted(rows, key=lambda known: (known.created_at, known.id), reverse=True)
    pages = [await reader.page(having(And()), offset=offset, limit=10) for offset in (0, 10, 20, 30)]
    assert [known.id for page in pages for known in page.memories] == [known.id for known in expected]
    assert {page.total for page in pages} == {25}
    oldest = await reader.page(having(And()), newest_first=False, limit=4)
    assert [known.id for known in oldest.memories] == [known.id for known in expected[::-1][:4]]


@pytest.mark.parametrize("newest_first", [True, False])
async def test_a_page_may_begin_after_a_row(reader: Reader, remember: Remember, newest_first: bool) -> None:
    rows = [memory(str(n), user=f"user{n % 3}", created_at=NOW + timedelta(seconds=n // 4)) for n in range(12)]
    await remember(*rows)
    seen: list[str] = []
    after = None
    while (page := await reader.page(having(And()), newest_first=newest_first, limit=5, after=after)).memories:
        assert page.total == 12
        seen += [known.id for known in page.memories]
        after = (page.memories[-1].created_at, page.memories[-1].id)
    assert seen == [known.id for known in sorted(rows, key=lambda known: (known.created_at, known.id), reverse=newest_first)]


async def test_a_page_of_nothing_still_counts(reader: Reader, remember: Remember) -> None:
    await remember(memory())
    page = await reader.page(of("ann"), limit=0)
    assert (list(page.memories), page.total) == ([], 1)


async def test_entities_are_counted_over_all_shards(reader: Reader, remember: Remember) -> None:
    early, late = NOW - timedelta(days=1), NOW + timedelta(days=1)
    await remember(
        memory("1", user="ann", agent="helper", created_at=early),
        memory("2", user="bob", agent="helper", run="r1", updated_at=late),
        memory("3", user=None, agent="helper"),
        memory("4", user="ann", state=MemoryState.SUPERSEDED),
        memory("5", user="carl", expires_at=NOW),
        memory("6", user="other's", owner="other"),
    )
    assert await reader.entities("acme") == [
        Entity(kind="user", name="ann", total=1, created_at=early, updated_at=NOW),
        Entity(kind="user", name="bob", total=1, created_at=NOW, updated_at=late),
        Entity(kind="agent", name="helper", total=3, created_at=early, updated_at=late),
        Entity(kind="run", name="r1", total=1, created_at=NOW, updated_at=late),
    ]


async def test_history_outlives_its_memory_oldest_change_first(store: Store, reader: Reader) -> None:
    known = memory("now")
    lines = [
        change(known, ChangeKind.DELETE, at=NOW, old_content="now", new_content=None),
        change(known, ChangeKind.ADD, at=NOW, input=(("user", "hi 'there'"),), metadata={"k": 1}, categories=("c",)),
        change(known, ChangeKind.UPDATE, at=NOW - timedelta(microseconds=0), old_content="before"),
    ]
    writer = writer_of(store, known)
    await writer.commit([(known, towards(1))], lines[1:])
    await writer.commit([], lines[:1], [known.id])
    assert await reader.history("acme", known.id) == [lines[1], lines[2], lines[0]]


async def test_many_reads_at_once_beside_a_writer(store: Store, reader: Reader) -> None:
    async def write() -> None:
        for n in range(10):
            await writer_of(store, memory()).commit([(memory(str(n)), towards(1))], [])

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(write())
        reads = [tasks.create_task(reader.search(of("ann"), towards(1), "tea", 5)) for _ in range(20)]
        pages = [tasks.create_task(reader.page(having(And()))) for _ in range(20)]
    assert all(len(read.result()) <= 5 for read in reads)
    assert all(page.result().total <= 10 for page in pages)
    assert (await reader.page(of("ann"))).total == 10
