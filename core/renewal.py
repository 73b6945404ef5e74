"""Renewal: something done again and again beside a piece of work, for as long as it lasts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from core.logging import told

log = structlog.get_logger()


@asynccontextmanager
async def renewing(every_s: float, call: Callable[[], Awaitable[object]]) -> AsyncIterator[None]:
    """Calls it every `every_s` while the block runs, first after that time. A call that fails is made up for by the next one."""
    task = asyncio.create_task(_again_and_again(every_s, call))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def _again_and_again(every_s: float, call: Callable[[], Awaitable[object]]) -> None:
    while True:
        await asyncio.sleep(every_s)
        try:
            await call()
        except Exception as error:
            log.warning("unrenewed", what=getattr(call, "__qualname__", None), error=told(error))
