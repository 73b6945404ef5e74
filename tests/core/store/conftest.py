"""Fixtures: an open store in a folder of its own, and a way to put memories into it."""

from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
from new_stores import new_store
from store_rows import DIMENSION, NOW, SHARDS, Remember, memory, remember_in, towards, writer_of

from core.store.connection import Store
from core.store.nearest import VECTOR_INDEX_ROWS
from core.store.reader import Reader
from core.store.upkeep import Upkeep
from schemas.scope import shard_of


@pytest.fixture
def location(tmp_path: Path) -> str:
    return str(tmp_path / "store")


@pytest.fixture
async def store(location: str) -> AsyncIterator[Store]:
    opened = await new_store(location, shards=SHARDS, embedding_model="toy", dimension=DIMENSION)
    yield opened
    await opened.close()


@pytest.fixture
def reader(store: Store) -> Reader:
    return Reader(store, clock=lambda: NOW)


@pytest.fixture
def remember(store: Store) -> Remember:
    return remember_in(store)


@pytest.fixture
async def crowded(store: Store) -> Store:
    """A shard with a vector index: a giant's memories, more than are compared one by one, and a neighbour's five."""
    random = np.random.default_rng(5)
    rows = random.standard_normal((VECTOR_INDEX_ROWS, DIMENSION)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    giant = memory(user="giant")
    shard = shard_of(giant.scope.subject, store.shards)
    small = next(user for n in range(99) if shard_of(memory(user=(user := f"small{n}")).scope.subject, store.shards) == shard)
    mine = [(memory(f"g{n}", user="giant", run="few" if n % 1_000 == 0 else None), row) for n, row in enumerate(rows)]
    await writer_of(store, giant).commit(mine, [])
    await remember_in(store)(*((memory(f"s{n}", user=small, run=small), towards(1, n)) for n in range(5)))
    assert (await Upkeep(store).run(shard))["vector_indexes_built"] == 1
    return store
