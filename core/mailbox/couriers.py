"""Couriers: whoever delivers to a webhook is an arq job. What must survive lies with the deliveries; arq only wakes, now or later."""

from datetime import datetime

from arq.connections import ArqRedis
from redis.asyncio import Redis

from core.mailbox.wake import deserialize, serialize
from core.redis import redis_errors

WEBHOOK_QUEUE = "mneme:webhooks"
_EXPIRES_S = 7 * 24 * 3600


class Couriers:
    """Enqueues `deliver(webhook)`, through the connections of `redis`."""

    def __init__(self, redis: Redis) -> None:
        self._arq = ArqRedis(redis.connection_pool, serialize, deserialize, WEBHOOK_QUEUE)

    async def wake(self, webhook_id: str, *, at: datetime | None = None, turn: str | None = None) -> None:
        """Ask for a delivery, now or at a moment. Asked for the same `turn` again, nothing is added. Raises Unavailable."""
        job_id = None if turn is None else f"webhook:{webhook_id}:{turn}"
        with redis_errors():
            await self._arq.enqueue_job("deliver", webhook_id, _job_id=job_id, _defer_until=at, _expires=_EXPIRES_S)
