"""The append-only file: Redis told to write it anew, without what was deleted."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from core.redis import patiently
from schemas.errors import Unavailable

log = structlog.get_logger()

_LOOK_S = 0.1
_LONGEST_S = 600.0


async def rewrite(redis: Redis) -> bool:
    """Return when the file holds nothing any more that was deleted before. False where this Redis may not be told to, or has none.

    Raises Unavailable when it does not get done in ten minutes.
    """
    try:
        if not (await _persistence(redis)).get("aof_enabled"):
            return False
        async with asyncio.timeout(_LONGEST_S):
            await _in_commands(redis)
            await _idle(redis)  # one that is under way has begun before the deletion
            await redis.execute_command("BGREWRITEAOF")  # type: ignore[no-untyped-call]
            await _idle(redis)
    except ResponseError as refused:
        log.warning("aof.not_rewritten", error=str(refused))
        return False
    except TimeoutError as late:
        raise Unavailable("Redis does not end writing its append-only file anew", retry_after_s=60) from late
    except (RedisError, OSError) as away:
        raise Unavailable("Redis does not answer", retry_after_s=1) from away
    return (await _persistence(redis)).get("aof_last_bgrewrite_status") == "ok"


async def _in_commands(redis: Redis) -> None:
    """As commands, not as a snapshot: that keeps deleted entries of a stream as long as a neighbour of theirs lives."""
    await redis.config_set("aof-use-rdb-preamble", "no")


async def _idle(redis: Redis) -> None:
    while True:
        found = await _persistence(redis)
        if not (found.get("aof_rewrite_in_progress") or found.get("aof_rewrite_scheduled")):
            return
        await asyncio.sleep(_LOOK_S)


async def _persistence(redis: Redis) -> Mapping[str, Any]:
    found: Mapping[str, Any] = await patiently(lambda: redis.info("persistence"))
    return found
