"""Stores of any size, written past the pipeline: made sentences, made unit vectors, small users and one giant."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path

from bench.store_speed import Corpus
from bench.texts import statements
from core.models.space import space_of
from core.settings import Settings
from core.store.connection import Store
from core.store.reader import Reader
from core.store.upkeep import Upkeep
from core.store.writer import ShardWriter
from schemas.ids import memory_id, new_id
from schemas.memory import Memory
from schemas.scope import Scope, shard_of
from schemas.search import Selection

OWNER = "default"
"""The account of an install's first key."""
GIANT = "giant"
GIANT_SHARE = 0.05
SMALL_ROWS = 50
_BATCH = 5_000
_START = datetime(2026, 1, 1, tzinfo=UTC)


def small_users(rows: int) -> int:
    """How many users share what is not the giant's."""
    return max(1, round(rows * (1 - GIANT_SHARE)) // SMALL_ROWS)


async def fill(data_dir: Path, rows: int) -> None:
    """A store of so many memories in an install's folder, indexed; one that is there already is left as it is."""
    settings = Settings(data_dir=data_dir)
    name, dimension = space_of(settings)
    store = await Store.open(settings.store_location, shards=settings.shards, embedding_model=name, dimension=dimension)
    there = await Reader(store).count(Selection(owner=OWNER))
    if there < rows:
        by_shard: dict[int, list[int]] = {}
        users = [_user(number, rows) for number in range(rows)]
        for number, user in enumerate(users):
            by_shard.setdefault(shard_of(Scope(owner=OWNER, user=user).subject, settings.shards), []).append(number)
        texts, corpus = list(islice(statements(seed=9), rows)), Corpus()
        for shard, numbers in by_shard.items():
            for at in range(0, len(numbers), _BATCH):
                part = numbers[at : at + _BATCH]
                memories = [_memory(texts[number], users[number], number, shard) for number in part]
                await ShardWriter(store, shard).commit(list(zip(memories, corpus.vectors(len(part)), strict=True)), [])
            await Upkeep(store).run(shard)
    await store.close()


def _user(number: int, rows: int) -> str:
    return GIANT if number < rows * GIANT_SHARE else f"user{number % small_users(rows)}"


def _memory(text: str, user: str, number: int, shard: int) -> Memory:
    at = _START + timedelta(seconds=number)
    moments = {"said_at": at, "created_at": at, "updated_at": at, "accepted_at": at}
    return Memory(id=memory_id(new_id(), 0, shard), scope=Scope(owner=OWNER, user=user), content=text, source_kind="verbatim", **moments)
