"""LitellmEmbedder: embeddings by any provider litellm knows."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from core.models.litellm_door import Endpoint, Provider
from core.models.space import space_of
from core.models.vectors import RecentVectors, Vector, Vectors
from core.settings import Settings
from schemas.errors import Refused, Unreadable, UpstreamFailed

_BATCH_TEXTS = 128
_BATCH_CHARACTERS = 100_000
_MAX_CHARACTERS = 6_000
"""Longer texts are cut: below the 8,000 tokens of the larger models in nearly every script."""
_MIN_CHARACTERS = 256
"""A text a provider refuses is cut in half again, but not below this."""
_CONCURRENCY = 4
_BLANK = "."
"""Sent in place of a text without any letter: providers refuse empty ones."""


class LitellmEmbedder:
    """A provider's model. Reads the first 6,000 characters of a text, fewer where the model takes less."""

    def __init__(self, provider: Provider, dimension: int) -> None:
        self.name = provider.endpoint.model
        self.dimension = dimension
        self._provider = provider
        self._recent = RecentVectors()

    @classmethod
    async def open(cls, settings: Settings) -> "LitellmEmbedder":
        """Asks the provider nothing yet. Raises BadInput for settings that can't work."""
        space = space_of(settings)
        endpoint = Endpoint(
            model=space.model,
            api_base=settings.embedding_api_base or settings.llm_api_base,
            api_key=settings.embedding_api_key or settings.llm_api_key,
            timeout_s=settings.embedding_timeout_s,
            settings_prefix="MNEME_EMBEDDING",
        )
        provider = await Provider.open(endpoint, concurrency=_CONCURRENCY, pause_max_s=settings.retry_max_s)
        return cls(provider, space.dimension)

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit length.

        Raises UpstreamFailed where the provider is away or gives vectors of another length, Refused where it does not take a text
        even when cut short, Unreadable where its answer makes no sense.
        """
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._embed(batch)) for batch in _batches([_readable(text) for text in texts])]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from None  # callers act on its kind
        return np.concatenate([task.result() for task in tasks])

    async def embed_query(self, text: str) -> Vector:
        """(dimension,) float32, unit length, not to be written to; at once where it was asked for lately. Raises as `embed`."""
        text = _readable(text)
        known = self._recent.get(text)
        if known is not None:
            return known
        return self._recent.keep(text, (await self._embed([text]))[0])

    async def close(self) -> None:
        await self._provider.close()

    async def _embed(self, texts: Sequence[str]) -> Vectors:
        """One call. Where the provider refuses it, by halves, and a lone text cut in half: mostly it means "too long"."""
        options = {"input": list(texts), "encoding_format": "float", "dimensions": self.dimension}
        try:
            answer = await self._provider.call(self._provider.litellm.aembedding, options)
        except Refused:
            if len(texts) > 1:
                middle = len(texts) // 2
                return np.concatenate([await self._embed(texts[:middle]), await self._embed(texts[middle:])])
            if len(texts[0]) <= _MIN_CHARACTERS:
                raise
            return await self._embed([texts[0][: max(_MIN_CHARACTERS, len(texts[0]) // 2)]])
        return self._read(answer, len(texts))

    def _read(self, answer: Any, count: int) -> Vectors:
        """The vectors of an answer, in the order of the texts, made unit length."""
        try:
            items = sorted(answer.data, key=lambda item: item.get("index") or 0)
            vectors = np.array([item["embedding"] for item in items], np.float64)
        except (TypeError, ValueError, KeyError, AttributeError):
            raise Unreadable(f"{self.name} did not answer with vectors") from None
        if vectors.shape != (count, self.dimension):
            raise self._misshapen(vectors.shape, count)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not (np.isfinite(lengths).all() and lengths.all()):
            raise Unreadable(f"{self.name} gave a vector that has no direction")
        return np.asarray(vectors / lengths, np.float32)

    def _misshapen(self, shape: tuple[int, ...], count: int) -> Exception:
        if len(shape) == 2 and shape[0] == count:
            advice = f"{self.name} gives vectors of {shape[1]} dimensions, MNEME_EMBEDDING_DIMENSION says {self.dimension}"
            return UpstreamFailed(advice)
        return Unreadable(f"{self.name} answered {count} texts with vectors of shape {shape}")


def _readable(text: str) -> str:
    """The text's head, as valid Unicode, never blank."""
    head = text.lstrip()[:_MAX_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
    return head if head.strip() else _BLANK


def _batches(texts: Sequence[str]) -> Iterator[list[str]]:
    """The texts in order, in parts a provider takes in one request."""
    batch: list[str] = []
    characters = 0
    for text in texts:
        if batch and (len(batch) == _BATCH_TEXTS or characters + len(text) > _BATCH_CHARACTERS):
            yield batch
            batch, characters = [], 0
        batch.append(text)
        characters += len(text)
    yield batch
