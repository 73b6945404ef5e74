"""Redis: the connection every mailbox, receipt, lease and queue stands on, and what we ask of the server behind it."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import urlsplit

import structlog
from redis.asyncio import BlockingConnectionPool, Connection, Redis, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.connection import AbstractConnection
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
    TimeoutError,
    WatchError,
)

from core.settings import Settings
from schemas.errors import Unavailable

log = structlog.get_logger()

Answer = TypeVar("Answer")

_CONNECTIONS = 64
"""Most connections of one process; who finds none waits for one."""
_START_S = 15.0
"""How long a Redis that is still starting is waited for."""
_PATIENCE_S = 1.5
"""How long a broken connection is made again: a restart of Redis is seldom longer."""
_OLDEST = (6, 2)


async def open_redis(settings: Settings, client: str = "mneme") -> Redis:
    """A client of `settings.redis_dsn`, named `client` in the server's list, answering bytes; close it with `aclose()`.

    Raises Unavailable with advice when nothing answers within 15 s, or when the server would lose what it accepted: no
    append-only file, or a policy that evicts keys (unless `redis_allow_volatile`).
    """
    redis = Redis.from_pool(_pool(settings, client))
    try:
        info = await _first_answer(redis, settings.redis_dsn)
        _check(info, allow_volatile=settings.redis_allow_volatile)
    except BaseException:
        await redis.aclose()
        raise
    return redis


async def patiently(call: Callable[[], Awaitable[Answer]]) -> Answer:
    """The call's answer, through a restart of Redis: a call whose connection broke is made again for a second and a half.

    It must be harmless to make twice: the first may have been done, and only its answer lost. Raises as `redis_errors`.
    """
    give_up, pause_s = time.monotonic() + _PATIENCE_S, 0.05
    with redis_errors():
        while True:
            try:
                return await call()
            except ConnectionError:
                if time.monotonic() > give_up:
                    raise
            await asyncio.sleep(pause_s)
            pause_s = min(0.4, 2 * pause_s)


@contextmanager
def redis_errors() -> Iterator[None]:
    """Turns Redis' failures into Unavailable; an error in what we asked (a bug) stays what it is."""
    try:
        yield
    except (ConnectionError, TimeoutError, WatchError, OSError) as error:
        raise Unavailable("Redis does not answer", retry_after_s=1) from error
    except (OutOfMemoryError, ReadOnlyError) as error:
        raise Unavailable(f"Redis takes no writes: {error}", retry_after_s=5) from error
    except ResponseError as error:
        # inside a script, running out of memory is wrapped in the script's own error
        if "OOM" in str(error) or "MISCONF" in str(error):
            raise Unavailable("Redis takes no writes", retry_after_s=5) from error
        raise


class _Timed(AbstractConnection):
    """Bounds every send and every answer; a blocking read must ask for less.

    Not by redis-py's `socket_timeout`: that is `asyncio.wait_for`, which on Python 3.11 now and then swallows a
    cancellation, and then a task group waits for ever.
    """

    def __init__(self, answer_s: float, **options: Any) -> None:
        super().__init__(**options)
        self._answer_s = answer_s

    async def send_packed_command(self, command: bytes | str | Iterable[bytes], check_health: bool = True) -> None:
        async with asyncio.timeout(self._answer_s):
            await super().send_packed_command(command, check_health)

    async def read_response(self, *args: Any, **options: Any) -> Any:
        async with asyncio.timeout(self._answer_s if options.get("timeout") is None else None):
            return await super().read_response(*args, **options)


class _Tcp(_Timed, Connection):
    pass


class _Tls(_Timed, SSLConnection):
    pass


class _Socket(_Timed, UnixDomainSocketConnection):
    pass


def _pool(settings: Settings, client: str) -> BlockingConnectionPool:
    patience_s = settings.redis_timeout_s
    try:
        pool = BlockingConnectionPool.from_url(
            settings.redis_dsn,
            max_connections=_CONNECTIONS,
            timeout=patience_s,
            socket_connect_timeout=patience_s,
            answer_s=patience_s,
            health_check_interval=30,
            client_name=client,
        )
    except ValueError as error:
        raise Unavailable(f"MNEME_REDIS_URL is no Redis URL: {error}") from error
    pool.connection_class = next(kind for kind in (_Tcp, _Tls, _Socket) if issubclass(kind, pool.connection_class))
    return pool


async def _first_answer(redis: Redis, dsn: str) -> Mapping[str, Any]:
    give_up = time.monotonic() + _START_S
    while True:
        try:
            info: Mapping[str, Any] = await redis.info()
            if info.get("loading"):  # until it has read its file it says that it keeps none
                raise BusyLoadingError("it is still loading its file")
            return info
        except (RedisError, OSError) as error:
            if _refuses(error):
                raise Unavailable(f"Redis at {_place(dsn)} refuses us: {error}. Check the name and password in MNEME_REDIS_URL") from error
            if time.monotonic() > give_up:
                raise Unavailable(f"Redis at {_place(dsn)} does not answer: {error}") from error
            await asyncio.sleep(0.1)


def _refuses(error: BaseException) -> bool:
    """Whether it is no use to ask again: the answer is no. The client hides some of these behind a ConnectionError."""
    refusal = isinstance(error, AuthenticationError | ResponseError)
    return refusal or any(words in str(error) for words in ("Authentication required", "username-password", "invalid password"))


def _place(dsn: str) -> str:
    """The address without what is secret in it."""
    parts = urlsplit(dsn)
    return parts.path if parts.scheme == "unix" else f"{parts.hostname}:{parts.port or 6379}"


def _check(info: Mapping[str, Any], *, allow_volatile: bool) -> None:
    version = str(info.get("redis_version", "0.0"))
    if tuple(int(part) for part in version.split(".")[:2]) < _OLDEST:
        raise Unavailable(f"Redis {version} is too old: 6.2 or newer is needed")
    if info.get("cluster_enabled"):
        raise Unavailable("Redis Cluster can't be used: an accept is one script over several keys. Use a single (replicated) Redis")
    if allow_volatile:
        return
    if "aof_enabled" not in info or "maxmemory_policy" not in info:
        log.warning("redis.unverified", reason="it does not say whether it keeps an append-only file and what it evicts")
        return
    if not info["aof_enabled"]:
        raise Unavailable(
            "Redis keeps no append-only file, so a crash would lose accepted events. "
            "Set `appendonly yes` there, or MNEME_REDIS_ALLOW_VOLATILE=true to accept that"
        )
    if info.get("maxmemory") and info["maxmemory_policy"] != "noeviction":
        raise Unavailable(
            f"Redis evicts keys when memory is short ({info['maxmemory_policy']}), accepted events among them. "
            "Set `maxmemory-policy noeviction` there, or MNEME_REDIS_ALLOW_VOLATILE=true to accept that"
        )
