"""A worker that Redis failed lets go of all it holds before another is started in its place."""

import asyncio
from typing import Any, cast

import pytest
from arq import Worker
from redis.exceptions import ConnectionError

from workers.main import _until


class Failed:
    """As arq's when Redis is away: it can't be closed either, for it asks Redis for something first."""

    def __init__(self, *, closes: bool) -> None:
        self.tasks: dict[str, Any] = {}
        self.ctx = {"name": "w"}
        self.let_go: list[str] = []
        self._closes = closes

    async def async_run(self) -> None:
        raise ConnectionError("away")

    async def close(self) -> None:
        if not self._closes:
            raise ConnectionError("still away")
        await self.on_shutdown(self.ctx)

    async def on_shutdown(self, ctx: dict[str, str]) -> None:
        self.let_go.append(ctx["name"])


@pytest.mark.parametrize("closes", [True, False])
async def test_what_a_failed_worker_holds_is_let_go(closes: bool) -> None:
    worker = Failed(closes=closes)
    with pytest.raises(ConnectionError):
        await _until(asyncio.Event(), cast(Worker, worker))
    assert set(worker.let_go) == {"w"}
