"""Embed: texts of everything in flight, over all shards of this process, in common batches."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from core.models.embedding import Embedder
from schemas.errors import Unavailable
from workers.draft import Vectors
from workers.turns import Turns

_BATCH_TEXTS = 256
"""Enough to fill the model's cores; more only makes the first one wait."""
_AT_ONCE = 2
"""Batches under way, so that the model need not wait for the next one while this thread is busy."""
_OFTEN_MAX = 2_000


@dataclass(slots=True)
class MicroBatcher:
    """Whoever asks while two batches are under way goes into the next one: no timer, so a lone text is embedded at once."""

    embedder: Embedder
    turns: Turns = field(default_factory=Turns)
    """For those who make its texts."""
    _waiting: deque[tuple[list[str], asyncio.Future[Vectors]]] = field(default_factory=deque)
    _bell: asyncio.Event = field(default_factory=asyncio.Event)
    _often: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    _last: tuple[Sequence[str], Vectors] = ((), np.empty((0, 0), np.float32))

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dim) float32, unit length. Raises what the embedder raises; a batch that fails is tried again text by text."""
        if not texts:
            return np.empty((0, self.embedder.dimension), np.float32)
        future: asyncio.Future[Vectors] = asyncio.get_running_loop().create_future()
        self._waiting.append((list(texts), future))
        self._bell.set()
        return await future

    async def embed_often(self, texts: Sequence[str]) -> Vectors:
        """As `embed`, for texts that come again and again, such as the names of categories: the last 2,000 are remembered, and the
        last texts altogether. Not to be written to."""
        if self._last[0] == texts:
            return self._last[1]
        missing = [text for text in dict.fromkeys(texts) if text not in self._often]
        for text, vector in zip(missing, await self.embed(missing), strict=True):
            self._often[text] = vector
        found = np.stack([self._often[text] for text in texts])
        while len(self._often) > _OFTEN_MAX:
            del self._often[next(iter(self._often))]
        self._last = (list(texts), found)
        return found

    async def _run(self) -> None:
        while True:
            await self._bell.wait()
            batch = self._take()
            if not batch:
                self._bell.clear()
                continue
            await self._embed(batch)

    def _take(self) -> list[tuple[list[str], asyncio.Future[Vectors]]]:
        batch: list[tuple[list[str], asyncio.Future[Vectors]]] = []
        size = 0
        while self._waiting and (not batch or size + len(self._waiting[0][0]) <= _BATCH_TEXTS):
            texts, future = self._waiting.popleft()
            if not future.done():
                batch.append((texts, future))
                size += len(texts)
        return batch

    async def _embed(self, batch: list[tuple[list[str], asyncio.Future[Vectors]]]) -> None:
        try:
            vectors = await self.embedder.embed([text for texts, _ in batch for text in texts])
        except Exception as error:
            await self._apart(batch, error)
            return
        start = 0
        for texts, future in batch:
            if not future.done():
                future.set_result(vectors[start : start + len(texts)])
            start += len(texts)

    async def _apart(self, batch: list[tuple[list[str], asyncio.Future[Vectors]]], error: Exception) -> None:
        """One text that a provider refuses, or answers with rubbish, must not fail its neighbours; a provider that is away fails all."""
        if len(batch) > 1 and not isinstance(error, Unavailable):
            for one in batch:
                await self._embed([one])
            return
        for _, future in batch:
            if not future.done():
                future.set_exception(error)


@asynccontextmanager
async def micro_batcher(embedder: Embedder) -> AsyncIterator[MicroBatcher]:
    """A batcher that works as long as the context lasts."""
    batcher = MicroBatcher(embedder)
    tasks = [asyncio.create_task(batcher._run(), name="embed") for _ in range(_AT_ONCE)]
    try:
        yield batcher
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
