"""Upkeep: due when reads begin to suffer, bounded in its share of the time, and nothing is lost by it."""

import asyncio
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from lancedb import AsyncTable
from store_rows import DIMENSION, NOW, Remember, change, memory, of, towards, writer_of
from upkeeping import Watch, long_started

from core.store.connection import Store
from core.store.disk import Disk
from core.store.nearest import VECTOR_INDEX_ROWS
from core.store.reader import Reader
from core.store.records import Records
from core.store.replaced import Replaced
from core.store.runs import Runs
from core.store.tables import memories_name
from core.store.upkeep import FRAGMENTS_DUE, KEEP_VERSIONS, SHARE, SOON_S, UNINDEXED_SOON, Upkeep, _unindexed, drop_vector_index
from schemas.maintenance import Job, Order, Run
from schemas.scope import shard_of

SHARD = shard_of(memory().scope.subject, 3)


async def commits(store: Store, count: int) -> None:
    for n in range(count):
        await writer_of(store, memory()).commit([(memory(str(n)), towards(1))], [])


async def test_many_small_commits_become_one_piece_and_all_is_still_there(store: Store, reader: Reader) -> None:
    upkeep = Upkeep(store, monotonic=Watch())
    known = memory("first")
    await writer_of(store, known).commit([(known, towards(0, 1))], [change(known)])
    await commits(store, FRAGMENTS_DUE)
    assert await upkeep.due(SHARD)
    done = await upkeep.run(SHARD)
    assert done["fragments_removed"] >= FRAGMENTS_DUE
    table = await store.reading(memories_name(SHARD))
    assert (await table.stats())["fragment_stats"]["num_fragments"] == 1
    assert (await reader.page(of("ann"))).total == FRAGMENTS_DUE + 1
    assert [c.memory.content for c in await reader.search(of("ann"), None, "first", 5)] == ["first"]
    assert len(await reader.history("acme", known.id)) == 1


async def test_a_table_is_not_due_until_it_is_in_many_pieces(store: Store) -> None:
    upkeep = Upkeep(store, monotonic=Watch())
    await upkeep.run(SHARD)
    assert not await upkeep.due(SHARD)
    await commits(store, FRAGMENTS_DUE - 1)
    assert not await upkeep.due(SHARD)
    await commits(store, 1)
    assert await upkeep.due(SHARD)


async def test_after_a_while_a_hundred_rows_outside_the_indexes_are_enough(store: Store) -> None:
    """Each search compares them all; in a busy moment they would be written anew too often."""
    watch = Watch()
    upkeep = Upkeep(store, monotonic=watch)
    await upkeep.run(SHARD)
    await writer_of(store, memory()).commit([(memory(str(n)), towards(1)) for n in range(UNINDEXED_SOON)], [])
    assert not await upkeep.due(SHARD)
    watch.now += SOON_S + 1
    assert await upkeep.due(SHARD)
    await upkeep.run(SHARD)
    await writer_of(store, memory()).commit([(memory(f"more {n}"), towards(1)) for n in range(UNINDEXED_SOON - 1)], [])
    watch.now += SOON_S + 1
    assert not await upkeep.due(SHARD)


async def test_upkeep_takes_no_more_than_its_share_of_the_time(store: Store) -> None:
    watch = Watch(step=1.0)
    upkeep = Upkeep(store, monotonic=watch)
    await commits(store, 1)
    await upkeep.run(SHARD)  # a second a table: those committed to come last
    watch.step = 0
    await commits(store, FRAGMENTS_DUE)
    watch.now += 2
    assert not await upkeep.due(SHARD)
    watch.now += 1 / SHARE
    assert await upkeep.due(SHARD)


async def test_versions_too_young_to_remove_are_removed_later_then_there_is_peace(store: Store) -> None:
    watch = Watch()
    upkeep = Upkeep(store, monotonic=watch)
    await commits(store, FRAGMENTS_DUE)
    await upkeep.run(SHARD)
    assert not await upkeep.due(SHARD)
    watch.now += KEEP_VERSIONS.total_seconds() + 1
    assert await upkeep.due(SHARD)
    await upkeep.run(SHARD)
    watch.now += KEEP_VERSIONS.total_seconds() + 1
    assert not await upkeep.due(SHARD)


async def test_what_another_process_left_waits_for_ten_minutes(store: Store) -> None:
    """A start has enough to do without compacting every table. Nobody knows then what was left: each is visited once."""
    assert not await Upkeep(store).due(SHARD)
    upkeep = long_started(store)
    assert await upkeep.due(SHARD)
    assert await upkeep.control_due()
    assert (await upkeep.run_control())["versions_removed"] == 0
    await upkeep.run(SHARD)
    assert not await upkeep.due(SHARD)


async def test_what_another_process_left_in_pieces_does_not_wait(store: Store) -> None:
    await commits(store, FRAGMENTS_DUE)
    assert await Upkeep(store).due(SHARD)


async def test_what_another_process_did_not_come_to_train_does_not_wait(store: Store) -> None:
    rows = np.random.default_rng(5).standard_normal((VECTOR_INDEX_ROWS, DIMENSION)).astype(np.float32)
    await writer_of(store, memory()).commit([(memory(str(n)), row) for n, row in enumerate(rows)], [])
    await Upkeep(store).run(SHARD)
    assert not await Upkeep(store).due(SHARD)
    await drop_vector_index(await store.writing(memories_name(SHARD)))
    assert await Upkeep(store).due(SHARD)


async def test_what_was_replaced_before_goes_though_the_shard_is_visited_for_another_table_meanwhile(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a visit finds this table as it was, and its old versions too young."""
    ages: list[timedelta] = []

    async def prune(table: AsyncTable, age: timedelta) -> int:
        if table.name == memories_name(SHARD):
            ages.append(age)
        return 0

    monkeypatch.setattr("core.store.upkeep.fragments.prune", prune)
    watch = Watch()
    upkeep = Upkeep(store, monotonic=watch)
    await commits(store, 2)
    await upkeep.run(SHARD)
    watch.now += KEEP_VERSIONS.total_seconds() / 2
    await upkeep.run(SHARD)
    watch.now += KEEP_VERSIONS.total_seconds() + 1
    assert await upkeep.due(SHARD)
    assert not ages
    await upkeep.run(SHARD)
    assert ages == [KEEP_VERSIONS]
    assert not await upkeep.due(SHARD)


async def test_what_another_process_left_in_order_is_not_looked_into_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    await writer_of(store, memory()).commit([(memory(), towards(1))], [change(memory())])
    await Upkeep(store).run(SHARD)
    upkeep = Upkeep(store)
    assert not await upkeep.due(SHARD)
    monkeypatch.setattr("core.store.upkeep._unindexed", None)
    assert not await upkeep.due(SHARD)


async def test_two_upkeeps_of_the_tables_without_a_lock_follow_each_other(store: Store) -> None:
    """The schedule's and an ordered one: Lance refuses a compaction that meets another."""
    for _ in range(6):
        await Runs(store).put(Run(order=Order(job=Job.PRUNING, owner="acme"), created_at=NOW))
    done = await asyncio.gather(Upkeep(store).run_control(), Upkeep(store).run_control())
    assert [report["fragments_removed"] > 0 for report in done] == [True, False]


async def test_an_index_that_is_missing_is_made(store: Store, remember: Remember) -> None:
    await remember(memory())
    table = await store.writing(memories_name(SHARD))
    await table.drop_index("subject_idx")
    await Upkeep(store).run(SHARD)
    assert {"id_idx", "subject_idx", "content_idx"} <= {index.name for index in await table.list_indices()}


async def test_young_versions_are_kept_for_readers_in_the_middle_of_one(store: Store, location: str) -> None:
    await commits(store, 3)
    manifests = set((Path(location) / f"{memories_name(SHARD)}.lance" / "_versions").glob("*.manifest"))
    await Upkeep(store).run(SHARD)
    assert all(manifest.exists() for manifest in manifests)


async def versions(store: Store) -> set[int]:
    return {version["version"] for version in await (await store.writing(memories_name(SHARD))).list_versions()}


async def rest(upkeep: Upkeep, keep_s: float) -> None:
    """Nothing is said for a while, and upkeep finds less and less to do."""
    for _ in range(4):
        await asyncio.sleep(keep_s + 0.1)
        await upkeep.run(SHARD)


async def test_a_version_goes_by_when_it_was_replaced_not_by_when_it_was_made(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The latest version of a table at rest is old; a read may be in the middle of it when a commit replaces it, and upkeep follows."""
    keep_s = 0.5
    monkeypatch.setattr("core.store.upkeep.KEEP_VERSIONS", timedelta(seconds=keep_s))
    upkeep = Upkeep(store)
    await commits(store, 3)
    await upkeep.run(SHARD)
    latest = max(await versions(store))
    await asyncio.sleep(keep_s)
    await commits(store, 1)
    await upkeep.run(SHARD)
    assert latest in await versions(store)
    await rest(upkeep, keep_s)
    assert latest not in await versions(store)


async def test_what_an_upkeep_itself_replaces_is_kept_as_well(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A visit to a table at rest finds fragments to join whose pieces of an index the last one merged."""
    keep_s = 0.5
    monkeypatch.setattr("core.store.upkeep.KEEP_VERSIONS", timedelta(seconds=keep_s))
    upkeep = Upkeep(store)
    await commits(store, 3)
    await upkeep.run(SHARD)
    latest = max(await versions(store))
    await asyncio.sleep(keep_s)

    async def join(table: AsyncTable, disk: Disk) -> int:
        if table.name.startswith("memories_"):
            await table.update(updates_sql={"state": "state"})
        return 0

    with monkeypatch.context() as patched:
        patched.setattr("core.store.fragments.join_new", join)
        await upkeep.run(SHARD)
    assert latest in await versions(store)
    await rest(upkeep, keep_s)
    assert latest not in await versions(store)


def test_of_a_table_that_never_rests_what_an_old_upkeep_replaced_can_go() -> None:
    replaced = Replaced(timedelta(minutes=10))
    assert replaced.age(0) is None
    replaced.note(100, 104)
    replaced.note(110, 112)  # too soon after the last for a mark of its own
    replaced.note(400, 404)
    assert replaced.age(703) is None, "what the upkeep replaced when it ended has not been old for long enough"
    assert replaced.age(704) == timedelta(seconds=604 + 30), "and some more, so that nothing goes that was made since it began"
    assert replaced.age(1_003) == timedelta(seconds=903 + 30)
    assert replaced.age(1_004) == timedelta(seconds=604 + 30)


async def test_rows_outside_the_indexes_are_seen_whatever_the_index_is_of(store: Store) -> None:
    """Records have no id: a visit that ended beside a commit would take the table for tended."""
    await Records(store).put("kind", "acme", "one", "{}")
    assert await _unindexed(await store.reading("records")) == 1
    await Upkeep(store).run_control()
    assert await _unindexed(await store.reading("records")) == 0
