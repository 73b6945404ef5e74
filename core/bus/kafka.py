"""Kafka: one topic for messages and one for dead letters; offsets are committed by hand."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.middlewares import AckPolicy

from core.bus.buried import headers_of
from core.bus.bus import Letters
from core.bus.delivery import Delivery, Notice, Publish, Take, texts
from core.bus.faststream_options import options, stop
from core.bus.names import BATCH, DEAD, EVENTS, GROUP, INGEST
from core.settings import Settings
from schemas.errors import BadInput

_CALL_S = 5.0


class Kafka:
    """A record's topic, partition and offset are its id. Kafka does not say whether a record was handed over before."""

    def __init__(self, url: str, name: str, settings: Settings) -> None:
        self.name = name
        self.broker = KafkaBroker(urlsplit(url).netloc, **options(name))

    @asynccontextmanager
    async def consuming(self, take: Take) -> AsyncIterator[None]:
        self.subscribe(take)
        try:
            await self.broker.start()
            yield
        finally:
            await stop(self.broker)

    def subscribe(self, take: Take) -> None:
        """What is published is taken as soon as the broker starts."""

        @self.broker.subscriber(
            INGEST, batch=True, max_records=BATCH, group_id=GROUP, auto_offset_reset="earliest", ack_policy=AckPolicy.MANUAL
        )
        async def ingest(message: KafkaMessage) -> None:
            records: Any = message.raw_message
            try:
                await self._take(take, [_delivery(record) for record in records])
            except BaseException:
                await message.nack()  # else the next batch's commit would cover this one
                raise
            await message.ack()

    async def _take(self, take: Take, deliveries: list[Delivery]) -> None:
        for delivery, refusal in zip(deliveries, await take(deliveries), strict=True):
            if refusal is not None:
                await self.broker.publish(delivery.body, DEAD, headers=headers_of(delivery, refusal))

    async def alive(self) -> bool:
        return all(subscriber.running for subscriber in self.broker.subscribers) and await self.broker.ping(_CALL_S)

    @asynccontextmanager
    async def publishing(self) -> AsyncIterator[Publish]:
        try:
            await self.broker.connect()
            yield self.publish_notices
        finally:
            await stop(self.broker)

    async def publish_notices(self, notices: Sequence[Notice]) -> None:
        """One key, one partition: a memory's events stay in order."""
        for notice in notices:
            await self.broker.publish(notice.body, EVENTS, key=notice.key.encode(), headers={"id": notice.id, "kind": notice.kind})

    @asynccontextmanager
    async def letters(self) -> AsyncIterator[Letters]:
        raise BadInput(f"Kafka hands out no single records: read its dead letters from the topic {DEAD} with your own tools")
        yield


def _delivery(record: "ConsumerRecord[Any, bytes]") -> Delivery:
    delivery_id = f"{record.topic}:{record.partition}:{record.offset}:{record.timestamp}"
    return Delivery(id=delivery_id, body=record.value or b"", headers=texts(dict(record.headers)))
