"""RedisStreams: entries of any Redis client, taken in batches; what a dead consumer held is taken over."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog
from faststream.message import StreamMessage
from faststream.middlewares import AckPolicy
from faststream.redis import BinaryMessageFormatV1, RedisBroker, StreamSub
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from core.bus.delivery import Delivery, Notice, Publish, Take, texts, turns
from core.bus.faststream_options import options, stop
from core.bus.names import BATCH, EVENTS, GROUP, INGEST
from core.bus.redis_letters import RedisLetters, bury
from core.renewal import renewing
from core.settings import Settings
from schemas.ids import new_id
from schemas.wire.queue import body_of_fields

log = structlog.get_logger()

Entry = tuple[bytes, dict[bytes, bytes] | None]
_BLOCK_MS = 2_000
_CALL_S = 5.0
_GONE_MS = 24 * 3600 * 1000
_FASTSTREAM = b"__data__"
_DATA = b"data"


class RedisStreams:
    """An entry's field `data` holds the message and the other fields its headers; without it, each field is a field of the message."""

    def __init__(self, url: str, name: str, settings: Settings) -> None:
        self.name = name
        self._broker = RedisBroker(url, **options(name), socket_connect_timeout=2, health_check_interval=30)
        self._consumer = new_id()
        self._idle_ms = round(settings.broker_claim_s * 1000)
        self._letters_max = settings.dead_letters_max
        self._events_max = settings.outbox_max

    @asynccontextmanager
    async def consuming(self, take: Take) -> AsyncIterator[None]:
        redis = await self._connect()
        await _create_group(redis)
        await _forget_the_gone(redis)
        stream = StreamSub(INGEST, group=GROUP, consumer=self._consumer, batch=True, max_records=BATCH, polling_interval=_BLOCK_MS)
        subscriber = self._broker.subscriber(stream=stream, ack_policy=AckPolicy.MANUAL, parser=_unparsed)

        @subscriber
        async def ingest(message: StreamMessage[Any]) -> None:
            raw = message.raw_message
            await self._handle(redis, list(zip(raw["message_ids"], raw["data"], strict=True)), take, again=False)

        await self._broker.start()
        try:
            async with renewing(self._idle_ms / 2000, lambda: self._take_over(redis, take)):
                yield
        finally:
            await stop(self._broker)

    async def alive(self) -> bool:
        running = all(subscriber.running for subscriber in self._broker.subscribers)
        return running and await self._broker.ping(_CALL_S)

    @asynccontextmanager
    async def publishing(self) -> AsyncIterator[Publish]:
        try:
            yield partial(self._publish, await self._connect())
        finally:
            await stop(self._broker)

    async def _publish(self, redis: Redis, notices: Sequence[Notice]) -> None:
        """The field `data` holds the event, as it holds the message of what is published to us. The oldest go when there are too many."""
        async with asyncio.timeout(_CALL_S), redis.pipeline(transaction=False) as pipe:
            for notice in notices:
                pipe.xadd(EVENTS, {"data": notice.body, "id": notice.id, "kind": notice.kind}, maxlen=self._events_max)
            await pipe.execute()

    @asynccontextmanager
    async def letters(self) -> AsyncIterator[RedisLetters]:
        try:
            yield RedisLetters(await self._connect())
        finally:
            await stop(self._broker)

    async def _connect(self) -> Redis:
        return await self._broker.connect()

    async def _take_over(self, redis: Redis, take: Take) -> None:
        """Take what others were given and have not acknowledged for a while."""
        start: bytes = b"0-0"
        while True:
            async with asyncio.timeout(_CALL_S):
                start, entries, *_ = await redis.xautoclaim(INGEST, GROUP, self._consumer, self._idle_ms, start, count=BATCH)
            if entries:
                await self._handle(redis, entries, take, again=True)
            if start == b"0-0":
                return

    async def _handle(self, redis: Redis, entries: Sequence[Entry], take: Take, *, again: bool) -> None:
        """Redis 6 still hands out entries that were deleted, without their id."""
        kept = [(entry_id, fields) for entry_id, fields in entries if entry_id and fields is not None]
        deliveries = [_delivery(entry_id, fields, again) for entry_id, fields in kept]
        open_ids = [entry_id for entry_id, _ in kept]

        async def renew() -> None:
            if open_ids:
                async with asyncio.timeout(_CALL_S):
                    await redis.xclaim(INGEST, GROUP, self._consumer, 0, [*open_ids], justid=True)

        async with renewing(self._idle_ms / 3000, renew):
            for places in turns(deliveries):
                refusals = await take([deliveries[place] for place in places])
                await self._settle(redis, [deliveries[place] for place in places], refusals)
                open_ids = open_ids[len(places) :]

    async def _settle(self, redis: Redis, deliveries: Sequence[Delivery], refusals: Sequence[Any]) -> None:
        """In one step: a letter is buried once, whoever dies."""
        async with asyncio.timeout(_CALL_S), redis.pipeline(transaction=True) as pipe:
            for delivery, refusal in zip(deliveries, refusals, strict=True):
                if refusal is not None:
                    bury(pipe, delivery, refusal, self._letters_max)
            ids = [delivery.id or "" for delivery in deliveries]
            pipe.xack(INGEST, GROUP, *ids)
            pipe.xdel(INGEST, *ids)
            await pipe.execute()


async def _create_group(redis: Redis) -> None:
    """From the very first entry on: FastStream would begin at "now" and skip what was published before."""
    async with asyncio.timeout(_CALL_S):
        try:
            await redis.xgroup_create(INGEST, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise


async def _forget_the_gone(redis: Redis) -> None:
    """Every start is a consumer by a name of its own. Those that still hold something are left: it would be lost with them."""
    async with asyncio.timeout(_CALL_S):
        for consumer in await redis.xinfo_consumers(INGEST, GROUP):
            if not consumer["pending"] and consumer["idle"] > _GONE_MS:
                await redis.xgroup_delconsumer(INGEST, GROUP, consumer["name"])


async def _unparsed(raw: Mapping[str, Any]) -> StreamMessage[Any]:
    """FastStream's own parser takes only what FastStream has written."""
    return StreamMessage(raw_message=raw, body=b"")


def _delivery(entry_id: bytes, fields: Mapping[bytes, bytes], again: bool) -> Delivery:
    body, headers = _read(fields)
    return Delivery(id=entry_id.decode(), body=body, headers=headers, again=again)


def _read(fields: Mapping[bytes, bytes]) -> tuple[bytes, dict[str, str]]:
    if _FASTSTREAM in fields:
        body, headers = BinaryMessageFormatV1.parse(fields[_FASTSTREAM])
        return body, texts(headers)
    if _DATA in fields:
        return fields[_DATA], texts({name: value for name, value in fields.items() if name != _DATA})
    return body_of_fields(texts(fields))
