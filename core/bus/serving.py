"""Serving: a bus is consumed for as long as the process lives, whatever becomes of its broker meanwhile."""

import asyncio
from collections.abc import Callable

import structlog

from core.bus.bus import Bus
from core.bus.delivery import Take

log = structlog.get_logger()

_LOOK_S = 1.0
_MISSES_MAX = 5
"""So many looks in a row without a sign of life, and the connection is given up for a new one."""
_PAUSE_MAX_S = 15.0


async def serve(make: Callable[[], Bus], take: Take) -> None:
    """Consume until cancelled. A broker that is away is tried again with back-off, one that went away is connected anew."""
    pause_s = 0.5
    while True:
        bus = make()
        try:
            async with bus.consuming(take):
                log.info("broker.consumed", broker=bus.name)
                pause_s = 0.5
                await _until_silent(bus)
        except Exception as error:  # each library has a tree of its own
            log.warning("broker.away", broker=bus.name, error=type(error).__name__, wait_s=pause_s)
            log.debug("broker.away_because", exc_info=error)
        await asyncio.sleep(pause_s)
        pause_s = min(_PAUSE_MAX_S, 2 * pause_s)


async def _until_silent(bus: Bus) -> None:
    misses = 0
    while misses < _MISSES_MAX:
        await asyncio.sleep(_LOOK_S)
        misses = 0 if await bus.alive() else misses + 1
    log.warning("broker.silent", broker=bus.name)
