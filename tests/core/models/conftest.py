"""Fixtures of the models' tests: a folder with the built model in it, embedders, and a provider on loopback."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from fake_openai import FakeOpenAI

from core.models.builtin.embedder import BuiltinEmbedder
from core.models.litellm_chat import LitellmChat
from core.models.litellm_embedding import LitellmEmbedder
from core.settings import Settings

MakeSettings = Callable[..., Settings]


@pytest.fixture(scope="session")
def models_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fresh in each run, so that a change of the graph is a change of what is tested; built once in it."""
    return tmp_path_factory.mktemp("models")


@pytest.fixture
def make_settings(models_dir: Path, tmp_path: Path) -> MakeSettings:
    def make(**values: Any) -> Settings:
        return Settings(_env_file=None, **{"data_dir": tmp_path, "models_dir": models_dir, **values})

    return make


@pytest.fixture
async def int8(make_settings: MakeSettings) -> AsyncIterator[BuiltinEmbedder]:
    embedder = await BuiltinEmbedder.open(make_settings())
    yield embedder
    await embedder.close()


@pytest.fixture
async def fp32(make_settings: MakeSettings) -> AsyncIterator[BuiltinEmbedder]:
    embedder = await BuiltinEmbedder.open(make_settings(embedding_precision="fp32"))
    yield embedder
    await embedder.close()


@pytest.fixture
async def provider() -> AsyncIterator[FakeOpenAI]:
    """A provider that answers on loopback whatever the test tells it to."""
    async with FakeOpenAI().running() as fake:
        yield fake


@pytest.fixture
def patience_s() -> float:
    """How long a provider is waited for; a busy machine's takes a while."""
    return 60


@pytest.fixture
async def chat(provider: FakeOpenAI, make_settings: MakeSettings, patience_s: float) -> AsyncIterator[LitellmChat]:
    settings = make_settings(
        llm_model="openai/some-model", llm_api_base=provider.url, llm_api_key="sk-secret", llm_timeout_s=patience_s, llm_concurrency=3
    )
    chat = await LitellmChat.open(settings)
    yield chat
    await chat.close()


@pytest.fixture
async def remote(provider: FakeOpenAI, make_settings: MakeSettings, patience_s: float) -> AsyncIterator[LitellmEmbedder]:
    """An embedder whose model is at the provider."""
    settings = make_settings(
        embedding_model="openai/some-embedder",
        embedding_dimension=provider.dimension,
        llm_api_base=provider.url,
        embedding_timeout_s=patience_s,
    )
    embedder = await LitellmEmbedder.open(settings)
    yield embedder
    await embedder.close()
