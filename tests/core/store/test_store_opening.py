"""Opening: once made a store stays what it was made, by however many processes, and after a power failure."""

import asyncio
import sys
from pathlib import Path

import pytest
from store_rows import DIMENSION, NOW, SHARDS, change, memory, of, remember_in, towards, writer_of

from core.store import connection
from core.store.connection import Store
from core.store.disk import Disk
from core.store.reader import Reader
from core.store.tables import memories_name
from schemas.errors import Conflict, Unavailable
from schemas.scope import shard_of

AS_MADE = {"shards": SHARDS, "embedding_model": "toy", "dimension": DIMENSION}
OPENER = """
import asyncio, sys
from core.store.connection import Store
async def main():
    store = await Store.open(sys.argv[1], shards=3, embedding_model="toy", dimension=16)
    for name in ("memories_00", "memories_02", "history_01", "keys", "owners"):
        table = await store.reading(name)
        assert await table.count_rows() == 0
        columns = {column for index in await table.list_indices() for column in index.columns}
        assert "id" in columns, (name, columns)
    await store.close()
asyncio.run(main())
"""


async def test_a_store_opens_again_with_what_was_in_it(store: Store, location: str) -> None:
    known = memory()
    await writer_of(store, known).commit([(known, towards(1))], [change(known)])
    await store.close()
    again = await Store.open(location, **AS_MADE)
    assert await Reader(again, clock=lambda: NOW).get("acme", [known.id]) == [known]
    assert again.recovered == []
    await again.close()


async def test_who_searches_keeps_as_much_of_the_indexes_as_the_rows_are_worth_by_now(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never more than the bound, and not anew for a little more; an empty store, and who only writes, gets by with little."""
    bounds: list[int] = []
    session = connection.Session

    def noted(*, index_cache_size_bytes: int, metadata_cache_size_bytes: int) -> object:
        bounds.append(index_cache_size_bytes)
        return session(index_cache_size_bytes=index_cache_size_bytes, metadata_cache_size_bytes=metadata_cache_size_bytes)

    monkeypatch.setattr(connection, "Session", noted)
    monkeypatch.setattr(connection, "INDEX_BYTES_A_ROW", 20 << 20)
    assert await store.keep_more() == connection.INDEX_CACHE_BYTES
    for n, kept in enumerate([connection.INDEX_CACHE_BYTES, 40 << 20, 60 << 20, 60 << 20], 1):
        await writer_of(store, memory()).commit([(memory(f"number {n}"), towards(1))], [])
        assert await store.keep_more() == kept, f"worth {20 * n} MB"
    monkeypatch.setattr(connection, "INDEX_BYTES_A_ROW", 1 << 30)
    assert await store.keep_more() == await store.keep_more() == connection.INDEX_CACHE_MAX_BYTES
    assert bounds == [40 << 20, 60 << 20, connection.INDEX_CACHE_MAX_BYTES]


async def test_reads_go_on_while_more_is_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    known, later = memory("known"), memory("later")
    await writer_of(store, known).commit([(known, towards(1))], [])
    reader, name = Reader(store, clock=lambda: NOW), memories_name(shard_of(known.scope.subject, SHARDS))
    before = await store.reading(name)
    monkeypatch.setattr(connection, "INDEX_BYTES_A_ROW", 100 << 20)
    await store.keep_more()
    assert await store.reading(name) is not before
    assert await before.count_rows() == 1
    await writer_of(store, later).commit([(later, towards(2))], [])
    assert await reader.get("acme", [known.id, later.id]) == [known, later]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        ({"embedding_model": "openai/big"}, "toy.*openai/big"),
        ({"dimension": 32}, "16.*32"),
        ({"shards": 8}, "shards = 3.*shards = 8"),
    ],
)
async def test_a_store_is_refused_to_settings_it_was_not_made_with(
    store: Store, location: str, other: dict[str, object], said: str
) -> None:
    with pytest.raises(Conflict, match=said):
        await Store.open(location, **{**AS_MADE, **other})  # type: ignore[arg-type]


async def test_processes_that_make_a_store_at_once_all_succeed(location: str) -> None:
    async def one() -> tuple[int | None, str]:
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", OPENER, location, stderr=asyncio.subprocess.PIPE)
        _, said = await process.communicate()
        return process.returncode, said.decode()

    async with asyncio.timeout(60):
        outcomes = await asyncio.gather(*(one() for _ in range(3)))
    assert [code for code, _ in outcomes] == [0, 0, 0], outcomes


async def test_tasks_that_make_a_store_at_once_all_succeed(location: str) -> None:
    stores = await asyncio.gather(*(Store.open(location, **AS_MADE) for _ in range(6)))
    for opened in stores:
        await opened.close()


async def test_a_making_that_was_interrupted_is_finished(store: Store, location: str) -> None:
    await store.close()
    made = Path(location)
    for name in ("history_01.lance", "keys.lance"):
        (made / name).rename(made / f"gone.{name}.aside")
    meta = made / "meta.lance"
    newest = sorted((meta / "_versions").glob("*.manifest"))[0]
    newest.unlink()  # the line that says "built"
    again = await Store.open(location, **AS_MADE)
    assert await (await again.reading("history_01")).count_rows() == 0
    assert await (await again.reading("keys")).count_rows() == 0
    await again.close()


@pytest.mark.parametrize("left", [b"", b"torn"])
async def test_a_commit_torn_by_a_power_failure_costs_that_commit_only(store: Store, location: str, left: bytes) -> None:
    first, second = memory("first"), memory("second")
    await remember_in(store)(first)
    await remember_in(store)(second)
    await store.close()
    versions = Path(location) / f"{memories_name(shard_of(first.scope.subject, SHARDS))}.lance" / "_versions"
    newest = sorted(versions.glob("*.manifest"))[0]
    newest.write_bytes(left)
    again = await Store.open(location, **AS_MADE)
    assert [path.name for path in again.recovered] == [f"{newest.name}.torn"]
    reader = Reader(again, clock=lambda: NOW)
    assert [known.content for known in (await reader.page(of("ann"))).memories] == ["first"]
    await remember_in(again)(second)
    assert (await reader.page(of("ann"))).total == 2
    await again.close()


async def test_a_commit_is_synced_to_the_disk(tmp_path: Path) -> None:
    await Disk(tmp_path).sync()
    with pytest.raises(FileNotFoundError):
        await Disk(tmp_path / "absent").sync()
    await Disk.at("s3://bucket/prefix").sync()
    assert await Disk.at("s3://bucket/prefix").recover() == []
    assert await Disk.at(f"file://{tmp_path}").recover() == []


async def test_a_store_whose_files_are_gone_answers_that_it_is_unavailable(store: Store, location: str) -> None:
    known = memory()
    await remember_in(store)(known)
    table = Path(location) / f"{memories_name(shard_of(known.scope.subject, SHARDS))}.lance"
    table.rename(table.with_suffix(".away"))
    with pytest.raises(Unavailable):
        await Reader(store, clock=lambda: NOW).page(of("ann"))
