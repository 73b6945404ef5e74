"""Room: how full Redis is. Events are refused while there is still memory for handling those that were accepted."""

import time

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from core.redis import patiently
from schemas.errors import Unavailable

_FULL = 0.9
"""Above this part of `maxmemory` nothing is accepted; the rest is for leases, jobs and receipts."""
_RECEIPTS = 0.5
"""The part of `maxmemory` that closed receipts may take, or they would keep new events out until they run out."""
_LOOK_S = 1.0
"""How long an answer is trusted."""


class Room:
    """Of a Redis without `maxmemory`, or one that does not tell, there is always enough."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._used, self._most = 0, 0
        self._look_at = 0.0

    async def check(self) -> None:
        """Raises Unavailable when Redis is nearly full."""
        await self._look()
        if self._most and self._used > _FULL * self._most:
            raise Unavailable("Redis is nearly out of memory: nothing more is accepted until some of it is free", retry_after_s=5)

    async def for_receipts(self, most: int) -> int:
        """How many bytes closed receipts may take, at most `most`."""
        await self._look()
        return min(most, int(_RECEIPTS * self._most)) if self._most else most

    async def _look(self) -> None:
        now = time.monotonic()
        if now < self._look_at:
            return
        self._look_at = now + _LOOK_S
        try:
            memory = await patiently(lambda: self._redis.info("memory"))
        except ResponseError:
            memory = {}
        self._used, self._most = memory.get("used_memory", 0), memory.get("maxmemory") or 0
