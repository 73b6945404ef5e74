"""A shard's life by dice: commits of all kinds, fences and rewritings beside upkeep after upkeep; whoever reads finds each row once.

What fails is tried again by itself with `FROM=17 SEEDS=1`; `SEEDS=200` are more.
"""

import asyncio
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import numpy as np
import pytest
from store_rows import DIMENSION, later, memory, of, writer_of

from core.store import scale, upkeep
from core.store.connection import Store
from core.store.erasing import rewrite
from core.store.reader import Reader
from core.store.rows import Vector
from core.store.tables import shard_tables
from core.store.upkeep import Upkeep
from schemas.errors import Unavailable
from schemas.memory import Memory
from schemas.scope import shard_of

FIRST, SEEDS = int(os.environ.get("FROM", "0")), int(os.environ.get("SEEDS", "2"))
SHARD = shard_of(memory().scope.subject, 3)


@dataclass
class Life:
    store: Store
    reader: Reader
    dice: random.Random
    there: dict[str, Memory] = field(default_factory=dict)
    vectors: dict[str, Vector] = field(default_factory=dict)
    commits: asyncio.Lock = field(default_factory=asyncio.Lock)
    """The shard's commit lock."""
    said: int = 0
    over: bool = False

    @asynccontextmanager
    async def held(self) -> AsyncIterator[None]:
        async with self.commits:
            yield

    async def write(self) -> None:
        for _ in range(self.dice.randint(40, 80)):
            async with self.commits:
                if self.dice.random() < 0.05:
                    await self.store.fence(SHARD)
                await self._commit()
            await asyncio.sleep(self.dice.choice((0, 0, 0.01, 0.05)))
        self.over = True

    async def _commit(self) -> None:
        new = [self._memory() for _ in range(self.dice.choice((1, 1, 2, 10, 40)))]
        changed = [later(one, content=f"{self.word(one)} corrected") for one in self._some(0, 0, 1, 5)]
        gone = [one.id for one in self._some(0, 0, 1, 2) if one.id not in {other.id for other in changed}]
        rows = [(one, self._vector()) for one in (*new, *changed)]
        await writer_of(self.store, new[0]).commit(rows, [], deletes=gone)
        self.there |= {one.id: one for one, _ in rows}
        self.vectors |= {one.id: vector for one, vector in rows}
        for memory_id in gone:
            del self.there[memory_id]

    def _memory(self) -> Memory:
        self.said += 1
        return memory(f"word{self.said}x note")

    def word(self, one: Memory) -> str:
        """Nobody else's."""
        return one.content.split()[0]

    def _some(self, *counts: int) -> list[Memory]:
        return self.dice.sample(list(self.there.values()), min(len(self.there), self.dice.choice(counts)))

    def _vector(self) -> Vector:
        vector = np.array([self.dice.gauss(0, 1) for _ in range(DIMENSION)], np.float32)
        return vector / np.linalg.norm(vector)

    async def tend(self) -> None:
        tender = Upkeep(self.store)
        while not self.over:
            if self.dice.random() < 0.1:
                async with self.commits:
                    await self.store.fence(SHARD)
                    for name in shard_tables(SHARD):
                        await rewrite(self.store, name)
            else:
                with suppress(Unavailable):  # a fence came between
                    await tender.run(SHARD, self.held)
            await asyncio.sleep(self.dice.choice((0, 0.01, 0.1)))

    async def read(self) -> None:
        while not self.over:
            async with self.commits:
                await self.all_are_there()
            if self.there:
                one = self.dice.choice(list(self.there.values()))
                found = await self.found(one)
                assert one.id not in self.there or one.id in found
            await asyncio.sleep(0.005)

    async def all_are_there(self) -> None:
        page = await self.reader.page(of("ann"), limit=10_000)
        assert page.total == len(page.memories) == len(self.there)
        assert {one.id: one for one in page.memories} == self.there

    async def found(self, one: Memory) -> set[str]:
        """What a search finds by a memory's own word and vector, each once."""
        found = [candidate.memory.id for candidate in await self.reader.search(of("ann"), self.vectors[one.id], self.word(one), 10)]
        assert len(found) == len(set(found))
        return set(found)


@pytest.fixture
def life(store: Store, reader: Reader, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Life:
    """With bounds so small that in a few hundred rows everything happens that happens in a hundred thousand."""
    dice = random.Random(request.param)
    for module in (upkeep, scale):
        monkeypatch.setattr(module, "VECTOR_INDEX_ROWS", 300)
    monkeypatch.setattr(upkeep, "REGROW", 2)
    monkeypatch.setattr(upkeep, "FRAGMENTS_MAX", dice.choice((5, 60)))
    monkeypatch.setattr(scale, "WHOLE_ROWS", 10)
    monkeypatch.setattr(scale, "EXACT_ROWS", dice.choice((5, 4000)))
    return Life(store, reader, dice)


@pytest.mark.parametrize("life", range(FIRST, FIRST + SEEDS), indirect=True)
async def test_each_row_is_there_once_and_found_whatever_meets(life: Life) -> None:
    async with asyncio.timeout(200), asyncio.TaskGroup() as everybody:
        for job in (life.write(), life.tend(), life.read(), life.read()):
            everybody.create_task(job)
    for _ in range(2):
        await Upkeep(life.store).run(SHARD, life.held)
    await life.all_are_there()
    for one in life.dice.sample(list(life.there.values()), 10):
        assert one.id in await life.found(one)
