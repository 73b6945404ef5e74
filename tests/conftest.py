"""What every test may ask for: a Redis of its process' own."""

import os
import secrets
from collections.abc import AsyncIterator, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from new_stores import new_store
from redis.asyncio import Redis
from redis_server import RedisServer
from server import ROOT, Server, running
from standins import WordEmbedder

from core.accesses import Accesses
from core.clock import system_clock
from core.limits import Limits
from core.mailbox import Mailbox
from core.mailbox.wake import ArqWake
from core.projects import Projects
from core.receipts import Receipts
from core.redis import open_redis
from core.resources import Resources
from core.settings import Settings
from core.store.keys import Keys
from core.store.reader import Reader
from core.store.records import Records

_LONG = ("tests/faults/", "tests/erasure/test_no_byte", "tests/security/", "tests/workers/test_llm_live")
"""Tests of a Mneme of their own, killed or shot at."""


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """One and a half a core: half of the time a test waits for processes of its own."""
    return max(2, (os.cpu_count() or 1) * 3 // 2)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file goes to one process whole, and all that use the running Mneme to the same one: each process would start another."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return "live" if _is_live(file) else file

    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first: 0 for the one Mneme of all, 1 for what starts another, 2 for the rest."""
    items.sort(key=lambda item: 0 if _is_live(item.location[0]) else 1 if item.location[0].startswith(_LONG) else 2)


@cache
def _is_live(file: str) -> bool:
    return "live_server" in (ROOT / file).read_text()


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A real redis-server with an append-only file, one a test process."""
    server = RedisServer()
    try:
        server.start()
        yield server.url
    finally:
        server.stop()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    """A client of that server, which is empty."""
    client = await open_redis(Settings(redis_url=redis_url, redis_timeout_s=60, _env_file=None))
    await client.flushall()
    yield client
    await client.aclose()


@pytest.fixture
def settings(redis_url: str, tmp_path: Path) -> Settings:
    """Settings of a small install: two shards, owners that do not linger, and patience with the Redis of a busy machine."""
    return Settings(
        redis_url=redis_url, redis_timeout_s=60, data_dir=tmp_path,
        shards=2, linger_s=0.02, slice_s=20, retry_base_s=0.01, retry_max_s=0.05, _env_file=None,
    )  # fmt: skip


@pytest.fixture
async def resources(settings: Settings, redis: Redis) -> AsyncIterator[Resources]:
    """Everything a process holds open, real but for the embedder, which is made of words."""
    embedder = WordEmbedder()
    store = await new_store(settings.store_location, shards=settings.shards, embedding_model=embedder.name, dimension=embedder.dimension)
    receipts = Receipts(redis, settings)
    async with receipts.listening():
        reader, keys = Reader(store), Keys(store)
        accesses = Accesses(redis, settings)
        yield Resources(
            settings=settings,
            clock=system_clock,
            redis=redis,
            mailbox=Mailbox(redis, settings, wake=ArqWake(redis), fence=store.fence),
            receipts=receipts,
            store=store,
            reader=reader,
            keys=keys,
            limits=Limits(redis, settings, keys, reader),
            accesses=accesses,
            projects=Projects(Records(store), keys, redis),
            embedder=embedder,
            chat=None,
        )
        await accesses.settled()
    await store.close()


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A whole `mneme up` for all tests that come in by the front door. It made its own key, and consumes its own Redis."""
    more = {"MNEME_SESSION_SECRET": secrets.token_hex(32), "MNEME_WEBHOOK_PRIVATE": "true", "MNEME_BROKER_URLS": "redis"}
    with running(tmp_path_factory.mktemp("live"), MNEME_API_KEY="", **more) as server:
        yield server
