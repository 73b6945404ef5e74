"""Producers as anybody has them: the plain client library of each broker, and no FastStream."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import aio_pika
import nats
from nats.js import JetStreamContext
from nats.js.errors import NotFoundError
from redis.asyncio import Redis

Publish = Callable[[str, Sequence[bytes]], Awaitable[None]]
"""(the broker's URL, the bodies): returns when the broker has them all."""

TOPIC = "mneme.ingest"
_AT_ONCE = 200
_CONSUMER_STARTS_S = 100


async def publish_redis(url: str, bodies: Sequence[bytes]) -> None:
    """By redis-py: an entry a message, its body in the field `data`."""
    async with Redis.from_url(url) as redis:
        for some in _parts(bodies):
            pipe = redis.pipeline(transaction=False)
            for body in some:
                pipe.xadd(TOPIC, {"data": body})
            await pipe.execute()


async def publish_rabbit(url: str, bodies: Sequence[bytes]) -> None:
    """By aio-pika: persistent messages with an id each, confirmed by the broker."""
    async with await aio_pika.connect(url) as connection:
        channel = await connection.channel()
        await channel.declare_queue(TOPIC, durable=True)
        for part, some in enumerate(_parts(bodies)):
            messages = (_message(body, f"message-{part}-{number}") for number, body in enumerate(some))
            await asyncio.gather(*(channel.default_exchange.publish(message, routing_key=TOPIC) for message in messages))


async def publish_nats(url: str, bodies: Sequence[bytes]) -> None:
    """By nats-py, into JetStream, each acknowledged by the server; the first waits until somebody has made the stream."""
    client = await nats.connect(url)
    stream = client.jetstream()
    await _made(stream)
    for some in _parts(bodies):
        await asyncio.gather(*(stream.publish(TOPIC, body) for body in some))
    await client.close()


async def _made(stream: JetStreamContext) -> None:
    async with asyncio.timeout(_CONSUMER_STARTS_S):
        while True:
            with suppress(NotFoundError):
                await stream.find_stream_name_by_subject(TOPIC)
                return
            await asyncio.sleep(0.1)


PRODUCERS: dict[str, Publish] = {"redis": publish_redis, "rabbit": publish_rabbit, "nats": publish_nats}


def _parts(bodies: Sequence[bytes]) -> list[Sequence[bytes]]:
    return [bodies[start : start + _AT_ONCE] for start in range(0, len(bodies), _AT_ONCE)]


def _message(body: bytes, message_id: str) -> aio_pika.Message:
    return aio_pika.Message(body, message_id=message_id, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
