"""Following: streams of lifecycle events that are open in this process, woken over one connection when there is something new."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from core.lifecycle.stream import Told, page
from core.mailbox.keys import LIFE
from core.redis import redis_errors
from schemas.errors import Unavailable

log = structlog.get_logger()

_PAGE = 200
_LOOK_S = 5.0
"""How often a stream looks by itself, in case a word was lost."""
_ANSWER_S = 1.0


class Following:
    """One process' open streams, `most` of them. Redis is not listened to while there are none."""

    def __init__(self, redis: Redis, most: int) -> None:
        self._redis = redis
        self._most = most
        self._open: dict[str, set[asyncio.Event]] = {}
        self._count = 0
        self._changed = asyncio.Event()
        self._closing = asyncio.Event()

    def close(self) -> None:
        """End every stream where it stands."""
        self._closing.set()
        self._wake_all()

    @asynccontextmanager
    async def opened(self, owner: str) -> AsyncIterator[asyncio.Event]:
        """A place among the open streams; the event is set when something of the owner's may be new. Raises Unavailable."""
        if self._count >= self._most:
            raise Unavailable("too many streams are open", retry_after_s=5)
        news = asyncio.Event()
        self._count += 1
        self._open.setdefault(owner, set()).add(news)
        self._changed.set()
        try:
            yield news
        finally:
            self._count -= 1
            self._open[owner].discard(news)
            if not self._open[owner]:
                del self._open[owner]
            self._changed.set()

    async def follow(self, owner: str, after: str) -> AsyncGenerator[Told | None, None]:
        """The owner's events after a place, and whatever comes; first None, once it has its place. Ends when the process ends.

        Raises Gone when what comes next is no longer kept, Unavailable when there is no place.
        """
        async with self.opened(owner) as news:
            yield None
            while not self._closing.is_set():
                news.clear()
                while rows := await page(self._redis, owner, after, _PAGE):
                    for row in rows:
                        yield row
                    after = rows[-1].place
                with suppress(TimeoutError):
                    async with asyncio.timeout(_LOOK_S):
                        await news.wait()

    async def listen(self) -> None:
        """Hear of news until cancelled; to be run beside the streams."""
        while True:
            await self._changed.wait()
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                    with redis_errors():
                        await self._hear(channel)
            except Unavailable as error:
                log.warning("lifecycle.unheard", error=error.message)
                await asyncio.sleep(_ANSWER_S)

    async def _hear(self, channel: PubSub) -> None:
        """Until no stream is open any more."""
        heard: set[str] = set()
        while True:
            wanted = set(self._open)
            if not wanted:
                self._changed.clear()
                return
            if more := wanted - heard:
                await channel.subscribe(*(LIFE + owner for owner in more))
                self._wake_all()  # what was said before we listened
            if less := heard - wanted:
                await channel.unsubscribe(*(LIFE + owner for owner in less))
            heard = wanted
            message = await channel.get_message(timeout=_ANSWER_S)
            if message is not None:
                self._wake(message["channel"].decode().removeprefix(LIFE))

    def _wake(self, owner: str) -> None:
        for news in self._open.get(owner, ()):
            news.set()

    def _wake_all(self) -> None:
        for owner in self._open:
            self._wake(owner)
