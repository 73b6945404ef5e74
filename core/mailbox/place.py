"""Place: what only one process may do at a time, over all machines."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.asyncio.lock import Lock
from redis.exceptions import LockError

from core.redis import patiently, redis_errors
from schemas.errors import LeaseLost, Unavailable

PLACE = "mneme:place:"
"""+ name: string, who has it; ends when it is not kept."""
_SAFE = 0.8
"""Which part of its TTL a place is trusted for."""


async def holder(redis: Redis, name: str) -> str | None:
    """Who has the place at the moment."""
    held = await patiently(lambda: redis.get(PLACE + name))
    return None if held is None else held.decode()


@asynccontextmanager
async def place(redis: Redis, name: str, who: str, ttl_s: float) -> AsyncIterator[bool]:
    """The place, kept while the body runs; False where another has it. `who` is unique to the attempt.

    The body is cancelled, and LeaseLost raised, once the place can't be kept.
    """
    lock = redis.lock(PLACE + name, timeout=ttl_s, blocking=False, thread_local=False)
    asked = asyncio.get_running_loop().time()
    with redis_errors():
        taken = await lock.acquire(token=who)
    if not taken:
        yield False
        return
    try:
        async with asyncio.timeout_at(asked + _SAFE * ttl_s) as fence:
            keeping = asyncio.create_task(_keep(lock, ttl_s, fence))
            try:
                yield True
            finally:
                keeping.cancel()
                await asyncio.gather(keeping, return_exceptions=True)
    except TimeoutError as error:
        if fence.expired():
            raise LeaseLost(f"the place {name} was lost") from error
        raise
    finally:
        with suppress(LockError, Unavailable), redis_errors():
            await asyncio.shield(lock.release())


async def _keep(lock: Lock, ttl_s: float, fence: asyncio.Timeout) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(ttl_s / 3)
        asked = loop.time()
        try:
            with redis_errors():
                await lock.reacquire()
            fence.reschedule(asked + _SAFE * ttl_s)
        except LockError:
            fence.reschedule(asked)
            return
        except Unavailable:
            continue
