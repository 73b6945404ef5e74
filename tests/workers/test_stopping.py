"""A worker that is told to stop ends in words, whatever its jobs do."""

import asyncio
import os
import signal
from typing import Any

from structlog.testing import capture_logs

from core.settings import Settings
from workers.main import run


class Stubborn:
    """Stands in for arq's worker: a job that is cancelled at once, one that fails while it ends, and a Redis that is gone by then."""

    def __init__(self, settings: Settings) -> None:
        self.tasks: dict[str, asyncio.Task[Any]] = {}

    async def async_run(self) -> None:
        self.tasks = {"waits": asyncio.create_task(asyncio.Event().wait()), "fails": asyncio.create_task(self._fails())}
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.Event().wait()

    async def _fails(self) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise LookupError

    async def close(self) -> None:
        await asyncio.gather(*self.tasks.values())  # as arq does
        raise ValueError("no Redis any more")


async def test_a_worker_told_to_stop_says_what_it_left_and_ends_without_a_traceback(settings: Settings) -> None:
    with capture_logs() as lines:
        async with asyncio.timeout(60):
            await run(Stubborn, settings)  # type: ignore[arg-type]
    assert [line["event"] for line in lines] == ["worker.jobs_left", "worker.stopped_badly"]
    assert lines[0]["late"] == 0
