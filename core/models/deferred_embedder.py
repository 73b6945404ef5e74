"""DeferredEmbedder: opened by the first text, for processes that seldom have one."""

import asyncio
from collections.abc import Sequence

from core.models.embedding import Embedder, open_embedder
from core.models.space import space_of
from core.models.vectors import Vector, Vectors
from core.settings import Settings


class DeferredEmbedder:
    """The embedder the settings name, a quarter of a process' memory, from when it is needed. Each call raises what opening raises."""

    def __init__(self, settings: Settings) -> None:
        self.name, self.dimension = space_of(settings)
        self._settings = settings
        self._opening = asyncio.Lock()
        self._opened: Embedder | None = None

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit length, in the order of `texts`."""
        return await (await self._open()).embed(texts)

    async def embed_query(self, text: str) -> Vector:
        """(dimension,) float32, unit length, not to be written to."""
        return await (await self._open()).embed_query(text)

    async def close(self) -> None:
        if self._opened is not None:
            await self._opened.close()

    async def _open(self) -> Embedder:
        async with self._opening:
            if self._opened is None:
                self._opened = await open_embedder(self._settings)
            return self._opened
