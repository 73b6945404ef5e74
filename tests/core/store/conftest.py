"""Fixtures: an open store in a folder of its own, and a way to put memories into it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from new_stores import new_store
from store_rows import DIMENSION, NOW, SHARDS, Remember, remember_in

from core.store.connection import Store
from core.store.reader import Reader


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
