"""AsyncAPI: the queue as FastStream describes it; `python -m core.bus.asyncapi` writes it beside this file."""

from pathlib import Path
from typing import Any

import orjson
from faststream.redis import RedisBroker, StreamSub
from faststream.specification import AsyncAPI

from core.bus.names import DEAD, EVENTS, GROUP, INGEST
from schemas.lifecycle import LifecycleEvent
from schemas.wire.queue import QueueMessage

FILE = Path(__file__).with_name("asyncapi.json")
"""Served at /asyncapi, without FastStream."""
_DESCRIPTION = f"""What outside producers publish: to the Redis stream, RabbitMQ queue, NATS JetStream subject or Kafka topic `{INGEST}`.
An API key goes into the header `authorization` (`Token <key>`) or `x-api-key`, or into the field `api_key`.
A message is acknowledged once its event is durable; what cannot be read goes to `{DEAD}` on the same broker.
Lifecycle events are published to the Redis stream, RabbitMQ topic exchange, NATS JetStream subject or Kafka topic `{EVENTS}`."""


def document() -> dict[str, Any]:
    """The document, with Redis standing for all brokers."""
    broker = RedisBroker("redis://localhost:6379", description="Or any other of MNEME_BROKER_URLS")

    @broker.subscriber(
        stream=StreamSub(INGEST, group=GROUP, consumer="consumer"), title="ingest", description="A conversation to learn from."
    )
    async def ingest(message: QueueMessage) -> None: ...

    broker.publisher(stream=DEAD, title="dead_letters", description="A message that could not be read, as it came.", schema=bytes)
    broker.publisher(stream=EVENTS, title="events", description="What became of memories and of accepted events.", schema=LifecycleEvent)
    api = AsyncAPI(broker, title="Mneme's queue", version="1", description=_DESCRIPTION)
    described: dict[str, Any] = orjson.loads(api.to_specification().to_json())
    return described


def written() -> bytes:
    """The document as its file has it."""
    return orjson.dumps(document(), option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


if __name__ == "__main__":
    FILE.write_bytes(written())
