"""Speed of the store: commits, searches, pages, upkeep, and the memory of a process that has it open.

python -m bench.store_speed --rows 10000 --users 200 --giant 20000
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.store.connection import Store
from core.store.reader import Reader
from core.store.upkeep import Upkeep
from core.store.writer import ShardWriter
from schemas.ids import memory_id, new_id
from schemas.memory import Change, ChangeKind, Memory
from schemas.scope import Scope, shard_of
from schemas.search import Condition, Selection

OWNER, SHARDS, DIMENSION, WORDS = "bench", 8, 384, 20_000
START = datetime(2026, 1, 1, tzinfo=UTC)
Vector = NDArray[np.float32]


class Corpus:
    """Random memories: words by Zipf's law, vectors around 200 topics."""

    def __init__(self) -> None:
        self.random = np.random.default_rng(7)
        weights = 1 / np.arange(1, WORDS + 1)
        self._weights = weights / weights.sum()
        self._topics = self.random.standard_normal((200, DIMENSION)).astype(np.float32)
        self._made = 0

    def vectors(self, count: int) -> Vector:
        topics = self._topics[self.random.integers(len(self._topics), size=count)]
        found = topics + 0.8 * self.random.standard_normal((count, DIMENSION)).astype(np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)

    def words(self, count: int, length: int = 12) -> list[str]:
        chosen = self.random.choice(WORDS, size=(count, length), p=self._weights)
        return [" ".join(f"word{word}" for word in row) for row in chosen]

    def memories(self, user: str, count: int) -> list[tuple[Memory, Vector]]:
        scope = Scope(owner=OWNER, user=user)
        shard = shard_of(scope.subject, SHARDS)
        rows = []
        for text, vector in zip(self.words(count), self.vectors(count), strict=True):
            self._made += 1
            at = START + timedelta(seconds=self._made)
            moments = {"said_at": at, "created_at": at, "updated_at": at, "accepted_at": at}
            known = Memory(id=memory_id(new_id(), 0, shard), scope=scope, content=text, metadata={"source": "bench"}, **moments)
            rows.append((known, vector))
        return rows


async def measure(name: str, action: Callable[[], Awaitable[object]], times: int = 30) -> None:
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        await action()
        taken.append((time.perf_counter() - started) * 1_000)
    taken.sort()
    print(f"{name:52} p50 {statistics.median(taken):8.2f} ms   p95 {taken[int(len(taken) * 0.95) - 1]:8.2f} ms")


def change(known: Memory) -> Change:
    return Change(
        id=f"c-{known.id}",
        memory_id=known.id,
        scope=known.scope,
        kind=ChangeKind.ADD,
        old_content=None,
        new_content=known.content,
        reason="new",
        event_id="",
        at=known.created_at,
    )


async def fill(store: Store, corpus: Corpus, rows: int, users: int, giant: int) -> None:
    by_shard: dict[int, list[tuple[Memory, Vector]]] = {}
    for user, count in [*((f"user{i}", rows // users) for i in range(users)), ("giant", giant)]:
        for row in corpus.memories(user, count):
            by_shard.setdefault(shard_of(row[0].scope.subject, SHARDS), []).append(row)
    upkeep, started = Upkeep(store), time.perf_counter()
    for shard, pairs in by_shard.items():
        for at in range(0, len(pairs), 2_000):
            part = pairs[at : at + 2_000]
            await ShardWriter(store, shard).commit(part, [change(known) for known, _ in part])
        print(f"shard {shard}: {len(pairs)} rows", await upkeep.run(shard))
    print(f"filled in {time.perf_counter() - started:.1f} s")


def of(user: str) -> Selection:
    return Selection(owner=OWNER, where=Condition(field="user", value=user))


async def reads(reader: Reader, corpus: Corpus, users: int, giant: bool) -> None:
    def question() -> tuple[Vector, str]:
        return corpus.vectors(1)[0], corpus.words(1, 5)[0]

    def small() -> Selection:
        return of(f"user{corpus.random.integers(users)}")

    everyone = Selection(owner=OWNER)
    await measure("search, a user, both legs", lambda: reader.search(small(), *question(), 30), 100)
    await measure("search, a user, vector only", lambda: reader.search(small(), question()[0], None, 30), 100)
    await measure("search, a user, words only", lambda: reader.search(small(), None, question()[1], 30), 100)
    await measure("search, owner-wide, both legs", lambda: reader.search(everyone, *question(), 30))
    await measure("page of 100, a user", lambda: reader.page(small()))
    await measure("page of 100, owner-wide", lambda: reader.page(everyone))
    await measure("page of 100 at offset 5000, owner-wide", lambda: reader.page(everyone, offset=5_000))
    await measure("count, owner-wide", lambda: reader.count(everyone))
    await measure("entities", lambda: reader.entities(OWNER), 5)
    page = await reader.page(everyone)
    await measure("get by id", lambda: reader.get(OWNER, [page.memories[0].id]))
    await measure("history", lambda: reader.history(OWNER, page.memories[0].id))
    if giant:
        await measure("search, the giant, both legs", lambda: reader.search(of("giant"), *question(), 30))
        await measure("search, the giant, vector only", lambda: reader.search(of("giant"), question()[0], None, 30))
        await measure("page of 100, the giant", lambda: reader.page(of("giant")))
        await concurrent(reader, lambda: (of("giant"), *question(), 30), "giant")
    await concurrent(reader, lambda: (small(), *question(), 30), "a user")


async def concurrent(
    reader: Reader, ask: Callable[[], tuple[Selection, Vector, str, int]], name: str, total: int = 200, at_once: int = 8
) -> None:
    places = asyncio.Semaphore(at_once)

    async def one() -> None:
        async with places:
            await reader.search(*ask())

    started = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(total)))
    print(f"{f'searches/s, {name}, {at_once} at once':52} {total / (time.perf_counter() - started):12.0f}")


async def recall(reader: Reader, store: Store, corpus: Corpus) -> None:
    """Of the ten truly nearest of the giant's memories, how many a search finds."""
    scope = Scope(owner=OWNER, user="giant")
    writer, found = ShardWriter(store, shard_of(scope.subject, SHARDS)), 0
    table = await store.reading(f"memories_{shard_of(scope.subject, SHARDS):02d}")
    for vector in corpus.vectors(20):
        query = table.query().nearest_to(vector).distance_type("cosine").bypass_vector_index()
        truth = await query.where(f"subject = '{scope.subject}'").select(["id", "_distance"]).limit(10).to_arrow()
        candidates = await reader.search(of("giant"), vector, None, 10)
        found += len(set(truth["id"].to_pylist()) & {candidate.memory.id for candidate in candidates})
    print(f"{'recall@10, the giant':52} {found / 200:12.3f}")
    await measure("neighbours of 8 drafts, the giant", lambda: writer.neighbours({scope.subject: corpus.vectors(8)}, 5, 0.3), 10)


async def writes(store: Store, corpus: Corpus, user: str = "user0") -> None:
    scope = Scope(owner=OWNER, user=user)
    shard = shard_of(scope.subject, SHARDS)
    writer, upkeep = ShardWriter(store, shard), Upkeep(store)
    for count in (1, 128):
        batches = iter([corpus.memories(user, count) for _ in range(20)])

        async def commit() -> None:
            rows = next(batches)  # noqa: B023
            await writer.commit(rows, [change(known) for known, _ in rows])

        await measure(f"commit of {count} memories with their history", commit, 20)
    await measure("neighbours of 8 drafts", lambda: writer.neighbours({scope.subject: corpus.vectors(8)}, 5, 0.3))
    await measure("by_hash", lambda: writer.by_hash({scope.subject: ["00", "11"]}))
    await measure("due", lambda: upkeep.due(shard))
    print("upkeep after 40 commits", await upkeep.run(shard))


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


async def main(rows: int, users: int, giant: int, folder: str | None) -> None:
    with tempfile.TemporaryDirectory() as made:
        location = folder or made
        print(f"resident before opening: {resident_mb():.0f} MB")
        started = time.perf_counter()
        store = await Store.open(location, shards=SHARDS, embedding_model="bench", dimension=DIMENSION)
        print(f"opened in {(time.perf_counter() - started) * 1_000:.0f} ms; resident {resident_mb():.0f} MB")
        corpus, reader = Corpus(), Reader(store)
        if not await reader.count(Selection(owner=OWNER)):
            await fill(store, corpus, rows, users, giant)
        await reads(reader, corpus, users, giant > 0)
        if giant:
            await recall(reader, store, corpus)
        print(f"resident after reading: {resident_mb():.0f} MB")
        await writes(store, corpus)
        await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=200)
    parser.add_argument("--giant", type=int, default=0, help="memories of one more user")
    parser.add_argument("--folder", help="a store to keep and to come back to")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.rows, arguments.users, arguments.giant, arguments.folder))
