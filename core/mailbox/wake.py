"""Wake: a shard's next owner is an arq job. What arq is told lives here; what must survive lives in the mailbox."""

import secrets
from collections.abc import Awaitable
from typing import Any, cast
from urllib.parse import unquote, urlsplit

import orjson
from arq.connections import ArqRedis, RedisSettings
from arq.constants import in_progress_key_prefix
from redis.asyncio import Redis
from redis.asyncio.connection import parse_url
from redis.asyncio.retry import Retry
from redis.backoff import ExponentialBackoff
from redis.exceptions import ConnectionError

from core.mailbox.keys import state_key
from core.redis import redis_errors
from core.settings import Settings

PIPELINE_QUEUE = "mneme:pipeline"
_TLS = ("ssl_keyfile", "ssl_certfile", "ssl_cert_reqs", "ssl_ca_certs", "ssl_check_hostname")
_EXPIRES_S = 600
"""A job nobody took by then is forgotten; the sweeper asks again while there is need."""


def serialize(job: dict[str, Any]) -> bytes:
    """A job, or its result, as JSON; an exception in a result as its text."""
    return orjson.dumps(job, default=repr)


def deserialize(job: bytes) -> dict[str, Any]:
    parsed: dict[str, Any] = orjson.loads(job)
    return parsed


class ArqWake:
    """Enqueues `drain(shard)`, through the connections of `redis`."""

    def __init__(self, redis: Redis) -> None:
        self._jobs = ArqRedis(redis.connection_pool, serialize, deserialize, PIPELINE_QUEUE)

    async def __call__(self, shard: int) -> None:
        """Ask for an owner of the shard. Asked again before one has come, nothing is added. Raises Unavailable."""
        with redis_errors():
            # the token moves with every owner: a job that is just ending does not stand in the way of the next
            token = await cast(Awaitable[bytes | None], self._jobs.hget(state_key(shard), "token"))
            job_id = f"drain:{shard}:{int(token or 0)}"
            if not await self._enqueue(shard, job_id) and not await self._waits(job_id):
                # its worker died before it took the shard, and arq would keep its place for minutes
                await self._enqueue(shard, f"{job_id}:{secrets.token_hex(4)}")

    async def _enqueue(self, shard: int, job_id: str) -> bool:
        return await self._jobs.enqueue_job("drain", shard, _job_id=job_id, _expires=_EXPIRES_S) is not None

    async def _waits(self, job_id: str) -> bool:
        queued = await self._jobs.zscore(PIPELINE_QUEUE, job_id)
        return queued is not None and not await self._jobs.exists(in_progress_key_prefix + job_id)


def redis_settings(settings: Settings) -> RedisSettings:
    """arq's own connections to the same Redis, TCP, TLS or socket alike."""
    dsn = settings.redis_dsn
    options: dict[str, Any] = {**parse_url(dsn)}
    tls = {name: options[name] for name in _TLS if name in options}
    return RedisSettings(
        host=options.get("host", "localhost"),
        port=options.get("port", 6379),
        unix_socket_path=unquote(urlsplit(dsn).path) if dsn.startswith("unix:") else None,
        database=int(options.get("db", 0)),
        username=options.get("username"),
        password=options.get("password"),
        ssl=dsn.startswith("rediss:"),
        conn_timeout=5,
        conn_retries=10,
        retry=Retry(ExponentialBackoff(cap=0.5, base=0.05), 3),
        retry_on_error=[ConnectionError],
        **tls,
    )
