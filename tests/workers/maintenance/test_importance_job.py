"""Importance: rises with being read, without a write a read; fades when nobody asks; never counts a read twice."""

from datetime import timedelta
from importlib import import_module

import pytest
from maintenance_house import NOW, House, days_ago
from redis.asyncio import Redis

from core import accesses
from core.resources import Resources
from core.settings import Settings
from core.store.tables import memories_name
from query.recall import recall
from schemas.maintenance import Job
from schemas.memory import Memory, MemoryType
from schemas.scope import shard_of
from schemas.search import Condition, Query, Selection
from workers.maintenance.recalled import Pace, fold, recalled


def about(text: str, user: str = "ann") -> Query:
    return Query(text=text, selection=Selection(owner="acme", where=Condition(field="user", value=user)))


async def counted(redis: Redis, settings: Settings, memories: list[Memory]) -> None:
    """These were read, and that is in Redis, or given up."""
    reads = accesses.Accesses(redis, settings)
    reads.note(memories)
    await reads.settled()


async def versions(house: House) -> list[int]:
    return [await (await house.resources.store.reading(memories_name(shard))).version() for shard in range(2)]


async def test_importance_rises_with_every_recall_and_reads_write_no_row(house: House) -> None:
    tea = await house.remember("The user likes green tea.", type=MemoryType.PREFERENCE, importance=0.75)
    before = await versions(house)
    for _ in range(3):
        assert await recall(about("green tea"), house.resources)
    await house.resources.accesses.settled()
    assert await versions(house) == before
    assert await recalled(house.ctx) == 1
    [read] = await house.now(tea)
    assert (read.access_count, read.last_access_at) == (3, NOW)
    assert read.importance == 0.95  # 0.6 + 0.15, and 0.1 x log2(1 + 3)
    assert read.version == tea.version
    assert await recalled(house.ctx) == 0


async def test_the_longer_folding_a_shard_took_the_longer_it_rests(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who reads all day has their memories written anew now and then, not twice a minute."""
    seconds = [0.0]
    pace, module = Pace(monotonic=lambda: seconds[0]), import_module(recalled.__module__)
    tea = await house.remember("The user likes green tea.")
    shard = shard_of(tea.scope.subject, house.resources.settings.shards)

    async def slow(at: int, resources: Resources, name: str) -> int:
        seconds[0] += 3.0 if at == shard else 0.0
        return await fold(at, resources, name)

    monkeypatch.setattr(module, "fold", slow)

    async def folded_after(later: float) -> int:
        seconds[0] += later
        await counted(house.resources.redis, house.resources.settings, [tea])
        return await recalled(house.ctx | {"pace": pace})

    assert [await folded_after(later) for later in (0.0, 30.0, 30.0, 30.0, 30.0, 30.0)] == [1, 0, 0, 0, 0, 1]
    assert (await house.now(tea))[0].access_count == 6


async def test_recalculating_importance_counts_all_reads_so_far(house: House) -> None:
    tea = await house.remember("The user likes green tea.")
    await counted(house.resources.redis, house.resources.settings, [tea, tea])
    await house.run(Job.IMPORTANCE)
    assert (await house.now(tea))[0].access_count == 2


async def test_a_folding_that_was_cut_short_counts_nothing_twice(house: House) -> None:
    tea = await house.remember("The user likes green tea.")
    redis, settings = house.resources.redis, house.resources.settings
    await counted(redis, settings, [tea, tea])
    shard = shard_of(tea.scope.subject, settings.shards)
    reads = await accesses.take(redis, shard)
    await accesses.intend(redis, shard, reads, {tea.id: 2})
    await house.edit(tea, access_count=2)  # committed, then it died
    assert await fold(shard, house.resources, "successor") == 1
    assert (await house.now(tea))[0].access_count == 2


async def test_reads_of_memories_that_are_gone_are_dropped(house: House) -> None:
    tea = await house.remember("The user likes green tea.")
    await counted(house.resources.redis, house.resources.settings, [tea])
    await house.writer(tea).commit([], [], [tea.id])
    assert await recalled(house.ctx) == 0
    assert await house.resources.redis.keys("mneme:accesses*") == []


async def test_counting_takes_bounded_room(house: House) -> None:
    settings = house.resources.settings.model_copy(update={"accesses_max": 2})
    memories = [await house.remember(f"note {n}") for n in range(4)]
    await counted(house.resources.redis, settings, [*memories, memories[0]])
    [key] = await house.resources.redis.keys("mneme:accesses*")
    assert sum(map(int, (await house.resources.redis.hgetall(key)).values())) == 3


async def test_a_read_without_redis_is_a_read_all_the_same(house: House) -> None:
    tea = await house.remember("The user likes green tea.")
    await house.resources.redis.connection_pool.disconnect()
    broken = house.resources.redis.__class__.from_url("redis://127.0.0.1:1/0")
    await counted(broken, house.resources.settings, [tea])
    await broken.aclose()


async def test_what_nobody_asks_for_fades_and_what_is_stands_as_it_is(house: House) -> None:
    old = await house.remember("The user went to Oslo.", made=days_ago(730), importance=0.7)
    new = await house.remember("The user works at Acme.", importance=0.7)
    other = await house.remember("Bob went to Oslo.", user="bob", made=days_ago(730), importance=0.7)
    run = await house.run(Job.IMPORTANCE, user="ann")
    assert run.report.counts == {"memories": 2, "recalculated": 1}
    assert [memory.importance for memory in await house.now(old, new, other)] == [0.17, 0.7, 0.7]


async def test_a_dry_run_writes_nothing_and_an_undo_restores_every_row(house: House) -> None:
    for n in range(12):
        await house.remember(f"note {n}", made=days_ago(100 * n), user=f"user {n % 4}", importance=0.9)
    before = await house.rows()
    dry = await house.run(Job.IMPORTANCE, dry_run=True)
    assert await house.rows() == before
    run = await house.run(Job.IMPORTANCE)
    assert run.report.counts == dry.report.counts == {"memories": 12, "recalculated": 12}
    assert await house.rows() != before
    undone = await house.run(Job.UNDO, run=run.id)
    assert undone.report.counts["restored"] == 12
    assert await house.rows() == before


async def test_an_undo_leaves_what_was_changed_since_and_says_so(house: House) -> None:
    kept, moved, gone = [await house.remember(f"note {n}", made=days_ago(365), importance=0.9) for n in range(3)]
    run = await house.run(Job.IMPORTANCE)
    edited = await house.edit((await house.now(moved))[0], importance=0.33, content="The user says otherwise now.")
    await house.writer(gone).commit([], [], [gone.id])
    undone = await house.run(Job.UNDO, run=run.id)
    assert {(skip.memory_id, skip.reason) for skip in undone.report.skipped} == {(moved.id, "changed since"), (gone.id, "deleted since")}
    assert await house.now(kept, moved, gone) == [kept, edited]


async def test_what_a_client_writes_beside_it_stands(house: House) -> None:
    """The owner decided by the row as it was before; its commit comes after ours, and is above it."""
    tea = await house.remember("The user likes tea.", made=days_ago(700), importance=0.9)
    await house.run(Job.IMPORTANCE)
    edited = await house.edit(tea, content="The user likes coffee.")
    assert await house.now(tea) == [edited]
    house.time.now += timedelta(days=1)
    await house.run(Job.IMPORTANCE)
    assert (await house.now(tea))[0].content == "The user likes coffee."
