"""Rabbit: RabbitMQ's classic durable queues, as any client declares them."""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager

from aio_pika.abc import AbstractIncomingMessage, AbstractRobustQueue
from faststream.middlewares import AckPolicy
from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange, RabbitMessage, RabbitQueue

from core.bus.buried import LETTER, headers_of, letter_of, own_headers
from core.bus.delivery import Delivery, Letter, Notice, Publish, Take, texts
from core.bus.faststream_options import options, stop
from core.bus.names import BATCH, DEAD, EVENTS, INGEST
from core.bus.together import Together
from core.settings import Settings

_CALL_S = 5.0
_EVENTS = RabbitExchange(EVENTS, type=ExchangeType.TOPIC, durable=True)


class Rabbit:
    """A message's `message_id` is its id, where the producer gives one: RabbitMQ gives none."""

    def __init__(self, url: str, name: str, settings: Settings) -> None:
        self.name = name
        self._broker = RabbitBroker(url, **options(name), default_channel=Channel(prefetch_count=BATCH), timeout=_CALL_S)

    @asynccontextmanager
    async def consuming(self, take: Take) -> AsyncIterator[None]:
        together = Together(take)

        @self._broker.subscriber(RabbitQueue(INGEST, durable=True), ack_policy=AckPolicy.MANUAL)
        async def ingest(message: RabbitMessage) -> None:
            delivery = _delivery(message.raw_message)
            if refusal := await together(delivery):
                await self._publish(delivery.body, DEAD, headers_of(delivery, refusal))
            await message.raw_message.ack()

        try:
            await self._broker.connect()
            await self._broker.declare_queue(RabbitQueue(DEAD, durable=True))
            await self._broker.start()
            yield
        finally:
            await stop(self._broker)

    async def alive(self) -> bool:
        return all(subscriber.running for subscriber in self._broker.subscribers) and await self._broker.ping(_CALL_S)

    @asynccontextmanager
    async def publishing(self) -> AsyncIterator[Publish]:
        try:
            await self._broker.connect()
            await self._broker.declare_exchange(_EVENTS)
            yield self._publish_notices
        finally:
            await stop(self._broker)

    async def _publish_notices(self, notices: Sequence[Notice]) -> None:
        """The routing key is the kind: a queue bound to `memory.*` gets what becomes of memories, one bound to `#` everything."""
        for notice in notices:
            await self._broker.publish(
                notice.body,
                exchange=_EVENTS,
                routing_key=notice.kind,
                message_id=notice.id,
                content_type="application/json",
                persist=True,
                timeout=_CALL_S,
            )

    @asynccontextmanager
    async def letters(self) -> AsyncIterator["RabbitLetters"]:
        try:
            await self._broker.start()
            yield RabbitLetters(self)
        finally:
            await stop(self._broker)

    async def queue(self, name: str) -> AbstractRobustQueue:
        """The queue, declared."""
        return await self._broker.declare_queue(RabbitQueue(name, durable=True))

    async def _publish(self, body: bytes, queue: str, headers: dict[str, str]) -> None:
        """Durable when it returns: persistent, and confirmed by the broker."""
        await self._broker.publish(body, queue, headers={**headers}, persist=True, timeout=_CALL_S)

    async def publish_again(self, message: AbstractIncomingMessage) -> None:
        """As its producer published it."""
        await self._broker.publish(
            message.body,
            INGEST,
            headers={**own_headers(texts(message.headers))},
            persist=True,
            message_id=message.message_id,
            timeout=_CALL_S,
        )


class RabbitLetters:
    """A queue shows its messages only by handing them out: those that are only looked at go back to their places."""

    def __init__(self, rabbit: Rabbit) -> None:
        self._rabbit = rabbit
        self._copies_removed = 0

    async def list(self, limit: int) -> tuple[Sequence[Letter], int]:
        found: list[Letter] = []
        total = 0
        async with aclosing(self._handed_out()) as letters:
            async for message, total in letters:  # noqa: B007 - it is the same each time
                found.append(letter_of(message.headers, message.body))
                if len(found) == limit:
                    break
        return found, total - self._copies_removed

    async def replay(self, ids: Sequence[str] | None) -> int:
        return await self._remove(ids, publish=True)

    async def drop(self, ids: Sequence[str] | None) -> int:
        return await self._remove(ids, publish=False)

    async def _remove(self, ids: Sequence[str] | None, *, publish: bool) -> int:
        count = 0
        async with aclosing(self._handed_out()) as letters:
            async for message, _ in letters:
                if ids is None or letter_of(message.headers, message.body).id in ids:
                    if publish:
                        await self._rabbit.publish_again(message)
                    await message.ack()
                    count += 1
        return count

    async def _handed_out(self) -> AsyncGenerator[tuple[AbstractIncomingMessage, int], None]:
        """Each once, the oldest first, with how many the queue holds; in the end what is not acknowledged goes back.

        RabbitMQ keeps what is published twice: the second copy of a letter, whose consumer was killed before it
        acknowledged the message, is taken away here.
        """
        queue = await self._rabbit.queue(DEAD)
        count = queue.declaration_result.message_count or 0
        looked_at: list[AbstractIncomingMessage] = []
        seen: set[object] = set()
        self._copies_removed = 0
        try:
            for _ in range(count):
                if (message := await queue.get(fail=False, timeout=_CALL_S)) is None:
                    return
                letter = message.headers.get(LETTER)
                if letter in seen:
                    await message.ack()
                    self._copies_removed += 1
                    continue
                seen.update({letter} - {None})
                looked_at.append(message)
                yield message, count
        finally:
            for message in looked_at:
                if not message.processed:
                    await message.nack(requeue=True)


def _delivery(raw: AbstractIncomingMessage) -> Delivery:
    return Delivery(id=raw.message_id, body=raw.body, headers=texts(raw.headers), again=bool(raw.redelivered))
