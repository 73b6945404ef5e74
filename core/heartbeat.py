"""Heartbeats: which processes of a kind live, by Redis' clock."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger()

BEAT_S = 5.0
"""How often a process beats."""
DEAD_S = 15
"""A process that has not beaten for this long counts as dead."""


@asynccontextmanager
async def beating(redis: Redis, kind: str, process: str) -> AsyncIterator[None]:
    """Beat for as long as the block runs, through any failure of Redis; on leaving it, say that the process ends."""
    await _try(beat(redis, kind, process))
    task = asyncio.create_task(_beat_on(redis, kind, process), name=f"heartbeat of {process}")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])
        await _try(stop(redis, kind, process))


async def beat(redis: Redis, kind: str, process: str) -> None:
    """Say that this process (`kind` such as "worker", `process` its id) lives now."""
    now, _ = await redis.time()
    async with redis.pipeline(transaction=True) as pipe:
        pipe.zadd(_key(kind), {process: now})
        pipe.zremrangebyscore(_key(kind), "-inf", now - DEAD_S)
        pipe.expire(_key(kind), DEAD_S)
        await pipe.execute()


async def stop(redis: Redis, kind: str, process: str) -> None:
    """Say that this process ends in good order."""
    await redis.zrem(_key(kind), process)


async def alive(redis: Redis, kind: str) -> list[str]:
    """Ids of the processes of `kind` that beat within DEAD_S, the longest silent first."""
    now, _ = await redis.time()
    found: list[bytes] = await redis.zrangebyscore(_key(kind), now - DEAD_S, "+inf")
    return [process.decode() for process in found]


async def _beat_on(redis: Redis, kind: str, process: str) -> None:
    while True:
        await asyncio.sleep(BEAT_S)
        await _try(beat(redis, kind, process))


async def _try(call: Coroutine[None, None, None]) -> None:
    try:
        async with asyncio.timeout(BEAT_S):
            await call
    except (RedisError, OSError, TimeoutError) as error:
        log.warning("heartbeat.missed", error=type(error).__name__)


def _key(kind: str) -> str:
    return f"mneme:alive:{kind}"
