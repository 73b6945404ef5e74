"""Redeliveries: how often a message came again because whoever handled it died; counted in our Redis, for every broker alike."""

from redis.asyncio import Redis

from core.redis import patiently

_KEY = "mneme:queue:again:"
_TTL_S = 24 * 3600


class Redeliveries:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def count(self, event_id: str) -> int:
        """Counts one more, and gives how many there are; a day after the last they are forgotten. Raises Unavailable."""

        async def call() -> int:
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.incr(_KEY + event_id)
                pipe.expire(_KEY + event_id, _TTL_S)
                return int((await pipe.execute())[0])

        return await patiently(call)

    async def forget(self, event_id: str) -> None:
        """It does no harm: whatever it waits for, it is not to blame. Raises Unavailable."""
        await patiently(lambda: self._redis.delete(_KEY + event_id))
