"""Fixtures: memories made in one line, and a pool of them that can be asked."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from new_stores import new_store
from redis.asyncio import Redis
from standins import WordEmbedder

from core.accesses import Accesses
from core.resources import Resources
from core.settings import Settings
from core.store.reader import Reader
from core.store.writer import ShardWriter
from schemas.ids import memory_id
from schemas.memory import Memory
from schemas.scope import Scope

NOW = datetime(2026, 3, 1, tzinfo=UTC)
Remember = Callable[..., Memory]


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def memory() -> Remember:
    """A memory of alice's: `memory("The user loves tea.", days_ago=3, importance=0.9)`."""
    made = 0

    def make(content: str, *, days_ago: float = 0, user: str = "alice", **fields: object) -> Memory:
        nonlocal made
        made += 1
        said_at = NOW - timedelta(days=days_ago)
        plain = Memory(
            id=memory_id("event", made, 0),
            scope=Scope(owner="acme", user=user),
            content=content,
            said_at=said_at,
            created_at=said_at,
            updated_at=said_at,
            accepted_at=said_at,
        )
        return replace(plain, **fields)

    return make


@pytest.fixture
async def pool(tmp_path: Path, redis: Redis) -> AsyncIterator[Resources]:
    """What recall needs of a process' resources: a real store, a Redis to count reads in, and an embedder made of words."""
    embedder = WordEmbedder()
    settings = Settings(data_dir=tmp_path, shards=1, _env_file=None)
    store = await new_store(settings.store_location, shards=1, embedding_model=embedder.name, dimension=embedder.dimension)
    reader = Reader(store, clock=lambda: NOW)
    accesses = Accesses(redis, settings)
    doors = {"redis": redis, "accesses": accesses, "settings": settings, "embedder": embedder, "reader": reader, "store": store}
    yield cast(Resources, SimpleNamespace(**doors, clock=lambda: NOW))
    await accesses.settled()
    await store.close()


@pytest.fixture
def remember(pool: Resources) -> Callable[..., Awaitable[None]]:
    """Puts memories into the pool."""

    async def put(*memories: Memory) -> None:
        vectors = await pool.embedder.embed([memory.content for memory in memories])
        await ShardWriter(pool.store, 0).commit(list(zip(memories, vectors, strict=True)), [])

    return put
