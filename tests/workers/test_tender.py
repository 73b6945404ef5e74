"""The tender at rest: a small process that leaves alone what is in order."""

import asyncio
import gc
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from arq.worker import Worker
from upkeeping import long_started

from core.settings import Settings
from schemas.errors import Unavailable
from workers.main import maintenance, pipeline
from workers.maintenance import tend


@asynccontextmanager
async def started(make: Callable[[Settings], Worker], settings: Settings) -> AsyncIterator[dict[str, Any]]:
    """What arq hands to the jobs of a worker that has started, without its loop."""
    worker = make(settings)
    await worker.on_startup(worker.ctx)
    try:
        yield worker.ctx
    finally:
        await worker.on_shutdown(worker.ctx)
        await asyncio.sleep(0)
        gc.collect()


@pytest.fixture
def without_model(settings: Settings, redis: object, tmp_path: Path) -> Settings:
    """Settings under which the embedding model can be neither found nor built."""
    (tmp_path / "file").write_text("in the way")
    return settings.model_copy(update={"models_dir": tmp_path / "file"})


async def test_it_starts_without_the_embedding_model(without_model: Settings) -> None:
    async with started(maintenance, without_model) as ctx:
        assert ctx["resources"].embedder.dimension == 384
    with pytest.raises(Unavailable, match="could not be built"):
        async with started(pipeline, without_model):
            pass


async def test_what_was_tended_is_let_alone_until_something_is_written(without_model: Settings) -> None:
    """arq hands each job a copy of what it holds: looked at by the clock, a store at rest must not be compacted again and again."""
    async with started(maintenance, without_model) as ctx:
        ctx["upkeep"] = long_started(ctx["resources"].store)
        assert await tend({**ctx}) == without_model.shards
        assert await tend({**ctx}) == 0
