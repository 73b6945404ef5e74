"""What is known of the embedder without opening it, and the one that opens only when it is needed."""

import asyncio
from pathlib import Path

import pytest

from core.models.deferred_embedder import DeferredEmbedder
from core.models.embedding import build_embedder, open_embedder
from core.models.space import Space, space_of
from schemas.errors import BadInput, Unavailable


async def test_the_space_known_beforehand_is_that_of_the_opened_embedder(make_settings) -> None:
    embedder = await open_embedder(make_settings())
    assert space_of(make_settings()) == (embedder.name, embedder.dimension)
    await embedder.close()


def test_a_providers_space_is_the_one_configured(make_settings) -> None:
    assert space_of(make_settings(embedding_model="openai/some", embedding_dimension=8)) == Space("openai/some", 8)
    with pytest.raises(BadInput, match="must be set together"):
        space_of(make_settings(embedding_model="openai/some"))


async def test_nothing_is_opened_before_the_first_text(make_settings, tmp_path: Path) -> None:
    """A folder nothing can be built in does not matter until then."""
    (tmp_path / "file").write_text("in the way")
    embedder = DeferredEmbedder(make_settings(models_dir=tmp_path / "file"))
    assert (embedder.name, embedder.dimension) == ("all-MiniLM-L6-v2", 384)
    with pytest.raises(Unavailable):
        await embedder.embed(["hello"])
    await embedder.close()


async def test_it_gives_what_the_opened_one_gives(make_settings) -> None:
    deferred, embedder = DeferredEmbedder(make_settings()), await open_embedder(make_settings())
    one, other = await asyncio.gather(deferred.embed(["Tea at five."]), deferred.embed_query("Tea at five."))
    assert (one[0] == await embedder.embed_query("Tea at five.")).all()
    assert (one[0] == other).all()
    await deferred.close()
    await embedder.close()


async def test_the_model_is_built_without_being_loaded(make_settings, tmp_path: Path) -> None:
    await build_embedder(make_settings(models_dir=tmp_path / "models"))
    assert list((tmp_path / "models").glob("*.onnx"))
    await build_embedder(make_settings(embedding_model="openai/some", embedding_dimension=8, models_dir=tmp_path / "none"))
    assert not (tmp_path / "none").exists()
