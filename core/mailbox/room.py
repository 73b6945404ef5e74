"""Room: how full Redis is. Events are refused while there is still memory for handling those that were accepted."""

import time

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from core.redis import patiently
from schemas.errors import Unavailable

_FULL = 0.9
"""Above this part of `maxmemory` nothing is accepted; the rest is for leases, jobs and receipts."""
_LOOK_S = 1.0
"""How long an answer is trusted."""


class Room:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._used = 0.0
        self._look_at = 0.0

    async def check(self) -> None:
        """Raises Unavailable when Redis is nearly full; never on one without a limit, or one that does not tell."""
        now = time.monotonic()
        if now >= self._look_at:
            self._look_at = now + _LOOK_S
            self._used = await self._measure()
        if self._used > _FULL:
            raise Unavailable("Redis is nearly out of memory: nothing more is accepted until some of it is free", retry_after_s=5)

    async def _measure(self) -> float:
        """Which part of `maxmemory` is used; 0 without a limit."""
        try:
            memory = await patiently(lambda: self._redis.info("memory"))
        except ResponseError:
            return 0.0
        most = memory.get("maxmemory") or 0
        return float(memory["used_memory"] / most) if most else 0.0
