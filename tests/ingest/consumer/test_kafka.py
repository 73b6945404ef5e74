"""Kafka, by FastStream's stand-in for a broker: no Kafka server is packaged for the machines these tests run on."""

import json

import pytest
from faststream.kafka import TestKafkaBroker
from taking import taking_of

from core.bus.delivery import Notice
from core.bus.kafka import Kafka
from core.bus.names import DEAD, EVENTS, INGEST
from schemas.errors import BadInput


def body(**fields) -> bytes:
    return json.dumps({"user_id": "alice", "content": "I love tea.", **fields}).encode()


async def test_a_batch_is_taken_and_what_cannot_be_read_goes_to_the_dead_topic(resources, events, api_key):
    kafka = Kafka("kafka://localhost:9092", "kafka", resources.settings)
    kafka.subscribe(taking_of(resources))
    dead = []

    @kafka.broker.subscriber(DEAD)
    async def bury(message) -> None:
        dead.append((message.body, message.headers["mneme-error"]))

    async with TestKafkaBroker(kafka.broker) as broker:
        await broker.publish_batch(body(), body(user_id="bob"), b"{oops", topic=INGEST, headers={"x-api-key": api_key})
    assert sorted((event.scope.owner, event.scope.user) for event in await events()) == [("keyed", "alice"), ("keyed", "bob")]
    [(buried, error)] = dead
    assert buried == b"{oops"
    assert error.startswith("the body is not valid JSON")


async def test_its_dead_letters_are_read_elsewhere(settings):
    with pytest.raises(BadInput, match=r"topic mneme\.ingest\.dead"):
        async with Kafka("kafka://localhost:9092", "kafka", settings).letters():
            pass


async def test_lifecycle_events_are_published_under_the_key_of_their_memory(settings):
    kafka = Kafka("kafka://localhost:9092", "kafka", settings)
    got = []

    @kafka.broker.subscriber(EVENTS)
    async def hear(message) -> None:
        got.append((message.body, message.headers["kind"], message.raw_message.key))

    async with TestKafkaBroker(kafka.broker):
        await kafka.publish_notices([Notice(id="1", kind="memory.added", key="m1", body=b"{}")])
    assert got == [(b"{}", "memory.added", b"m1")]
