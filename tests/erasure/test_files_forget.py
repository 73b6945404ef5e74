"""What was deleted leaves the files as well: rows, versions, what killed processes left behind, and Redis' append-only file."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from erasure.test_erasing_a_user import KEY, erasure, said, take_in, tend, told
from redis.asyncio import Redis
from redis_server import RedisServer

from core import append_only
from core.resources import Resources
from core.settings import Settings
from core.store.erasing import drop_versions, rewrite
from core.store.leftovers import remove_leftovers
from core.store.runs import Runs
from core.store.tables import memories_name
from schemas.maintenance import Job, Order, Run
from schemas.message import Message
from schemas.scope import shard_of, subject_of


def files_with(folder: Path, word: str) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes()]


def neighbour(settings: Settings) -> str:
    """A user whose memories lie in the same table as ann's."""
    shard = shard_of(subject_of("acme", "user", "ann"), settings.shards)
    return next(name for name in map(str, range(100)) if shard_of(subject_of("acme", "user", name), settings.shards) == shard)


async def test_a_few_rows_among_many_leave_the_file_they_stand_in(resources: Resources) -> None:
    """Compaction would leave a file alone of which less than a tenth was deleted."""
    many = said("", user=neighbour(resources.settings)).model_copy(
        update={"messages": tuple(Message(role="user", content=f"Note number {number}.") for number in range(100))}
    )
    await take_in(resources, many, said(KEY))
    store = Path(resources.settings.store_location)
    assert files_with(store, "third flower pot")
    erasing = erasure()
    await take_in(resources, erasing)
    assert files_with(store, "third flower pot"), "the deletion alone has taken nothing out of the files"
    await tend(resources)
    assert (await told(resources, erasing)).clean
    assert files_with(store, "third flower pot") == []
    assert files_with(store / f"{memories_name(shard_of(erasing.subject, 2))}.lance", erasing.subject) == []
    assert files_with(store, "Note number 77.")


async def test_a_version_goes_that_was_the_latest_till_the_cleaning(resources: Resources) -> None:
    """A run that ends after its table was rewritten is in no index yet; a cleaning that put it there would leave one more version."""
    store, now = resources.store, datetime.now(UTC)
    order = Order(job=Job.PRUNING, owner="acme")
    await Runs(store).put(Run(order=order, created_at=now))
    await rewrite(store, "runs")
    await Runs(store).put(Run(order=order, created_at=now))
    before = datetime.now(UTC)
    assert await drop_versions(store, "runs", before, before + timedelta(milliseconds=1)) == 0
    assert len(await (await store.writing("runs")).list_versions()) == 1


async def test_files_that_no_version_names_go_once_they_can_be_of_no_commit_under_way(resources: Resources) -> None:
    await take_in(resources, said(KEY))
    table = Path(resources.settings.store_location) / f"{memories_name(shard_of(said(KEY).subject, resources.settings.shards))}.lance"
    before = {path for path in table.rglob("*") if path.is_file()}
    left = table / "data" / "0101left.lance"
    left.write_bytes(KEY.encode())
    wait_s = remove_leftovers(table, 60)
    assert wait_s is not None
    assert 0 < wait_s <= 60
    assert left.exists()
    os.utime(left, (time.time() - 61,) * 2)
    assert remove_leftovers(table, 60) is None
    assert not left.exists()
    assert {path for path in table.rglob("*") if path.is_file()} == before


async def test_the_append_only_file_forgets_a_deleted_entry_whose_neighbours_live() -> None:
    """A snapshot of the stream would hold it still."""
    server = RedisServer()
    server.start()
    try:
        folder, redis = Path(server.url.removeprefix("unix://")).parent, Redis.from_url(server.url)
        for words in ("before", "flower pot", "after"):
            entry = await redis.xadd("letters", {"data": words})
            if words == "flower pot":
                await redis.xdel("letters", entry)
        assert files_with(folder, "flower pot")
        assert await append_only.rewrite(redis)
        assert files_with(folder, "flower pot") == []
        assert files_with(folder, "after")
        await redis.aclose()
    finally:
        server.stop()
