"""Embedder: texts to unit vectors, by the built-in model or by a provider."""

from collections.abc import Sequence
from typing import Protocol

from core.models.builtin.cache import built_model
from core.models.vectors import Vector, Vectors
from core.settings import Settings


class Embedder(Protocol):
    """Gives unit vectors, so that cosine similarity is a dot product. Takes any text, empty ones too."""

    name: str
    """The model's, as stored beside its vectors."""
    dimension: int

    async def embed(self, texts: Sequence[str]) -> Vectors:
        """(n, dimension) float32, unit length, in the order of `texts`. Raises UpstreamFailed where a provider is away."""

    async def embed_query(self, text: str) -> Vector:
        """(dimension,) float32, unit length, not to be written to; the ones of recent texts are remembered."""

    async def close(self) -> None: ...


async def build_embedder(settings: Settings) -> None:
    """Whatever `open_embedder` would have to build; nothing is loaded. Raises Unavailable where it can't be built."""
    if settings.embedding_model is None:
        await built_model(settings.models_location, settings.embedding_precision)


async def open_embedder(settings: Settings) -> Embedder:
    """The embedder the settings name: ready to work, built first where it has to be (some seconds, once)."""
    if settings.embedding_model is None:
        from core.models.builtin.embedder import BuiltinEmbedder

        return await BuiltinEmbedder.open(settings)
    from core.models.litellm_embedding import LitellmEmbedder

    return await LitellmEmbedder.open(settings)
