"""RabbitMQ: what a plain aio-pika client publishes to the durable queue is accepted once; the rest is in the dead letters."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator

import aio_pika
import pytest
from brokers import Broker

from core.bus.delivery import Notice
from core.bus.names import DEAD, EVENTS, INGEST
from core.bus.opening import make_bus


@pytest.fixture
async def channel(rabbit: Broker) -> AsyncIterator[aio_pika.abc.AbstractChannel]:
    """A plain client's channel, the queues empty."""
    connection = await aio_pika.connect(rabbit.url)
    async with connection:
        channel = await connection.channel()
        for name in (INGEST, DEAD):
            await (await channel.declare_queue(name, durable=True)).purge()
        yield channel


def message(content: object, headers: dict[str, str] | None = None, **properties) -> aio_pika.Message:
    body = content if isinstance(content, bytes) else json.dumps({"user_id": "alice", "content": content}).encode()
    return aio_pika.Message(body, headers=headers, delivery_mode=aio_pika.DeliveryMode.PERSISTENT, **properties)


async def publish(channel, *messages: aio_pika.Message) -> None:
    await asyncio.gather(*(channel.default_exchange.publish(one, routing_key=INGEST) for one in messages))


async def test_hundreds_of_messages_arrive_with_their_keys_and_the_unreadable_ones_are_put_aside(
    rabbit, channel, consuming, until, events, api_key, settings
):
    await publish(
        channel, *(message(f"Note {number}.") for number in range(400)), message(b"{oops"), message("Hi.", {"x-api-key": "wrong"})
    )
    async with consuming(rabbit.url):
        await until(lambda: _has(events, 400))
        await publish(channel, message("Keyed.", {"Authorization": f"Bearer {api_key}"}))
        await until(lambda: _has(events, 401))
        await until(lambda: _holds(channel, INGEST, 0))
    found = Counter((event.scope.owner, event.messages[0].content) for event in await events())
    assert found == Counter([*(("acme", f"Note {number}.") for number in range(400)), ("keyed", "Keyed.")])
    await until(lambda: _holds(channel, DEAD, 2))
    async with make_bus("rabbit", rabbit.url, settings).letters() as letters:
        shown, total = await letters.list(10)
        assert total == 2
        assert {letter.body: letter.error.split(":")[0] for letter in shown} == {
            b"{oops": "the body is not valid JSON",
            message("Hi.").body: "the API key is unknown or revoked",
        }
    await until(lambda: _holds(channel, DEAD, 2))  # they were only looked at


async def test_messages_come_in_the_order_they_were_published(rabbit, channel, consuming, until, events):
    for number in range(300):
        await publish(channel, message(f"Note {number}."))
    async with consuming(rabbit.url):
        await until(lambda: _has(events, 300))
    assert [event.messages[0].content for event in await events()] == [f"Note {number}." for number in range(300)]


async def test_an_unacknowledged_message_comes_again_and_is_the_same_event(rabbit, channel, consuming, until, events, settings):
    await publish(channel, message("I love tea.", message_id="m-1"))
    async with consuming(rabbit.url):
        await until(lambda: _has(events, 1))
        await until(lambda: _holds(channel, INGEST, 0))
    await publish(channel, message("I love tea.", message_id="m-1"))
    async with consuming(rabbit.url):
        await until(lambda: _holds(channel, INGEST, 0))
    assert len(await events()) == 1


async def test_letters_are_replayed_with_their_headers_or_dropped(rabbit, channel, consuming, until, settings):
    await publish(channel, message(b"{one", {"x-tenant": "t"}), message(b"{two"))
    async with consuming(rabbit.url):
        await until(lambda: _holds(channel, DEAD, 2))
    async with make_bus("rabbit", rabbit.url, settings).letters() as letters:
        ids = {letter.body: letter.id for letter in (await letters.list(10))[0]}
        assert await letters.replay([ids[b"{one"]]) == 1
    async with make_bus("rabbit", rabbit.url, settings).letters() as letters:
        assert await letters.drop(None) == 1
    again = await (await channel.declare_queue(INGEST, durable=True)).get()
    assert (again.body, dict(again.headers)) == (b"{one", {"x-tenant": "t"})
    await again.ack()


async def test_a_letter_buried_twice_is_one(rabbit, channel, consuming, until, settings):
    """Its consumer was killed before it acknowledged the message, and the next one buried it again."""
    await publish(channel, message(b"{one", message_id="m-1"), message(b"{two"))
    async with consuming(rabbit.url):
        await until(lambda: _holds(channel, DEAD, 2))
    await publish(channel, message(b"{one", message_id="m-1"))
    async with consuming(rabbit.url):
        await until(lambda: _holds(channel, DEAD, 3))
    async with make_bus("rabbit", rabbit.url, settings).letters() as letters:
        shown, total = await letters.list(10)
        assert (sorted(letter.body for letter in shown), total) == ([b"{one", b"{two"], 2)
        assert await letters.drop(None) == 2


async def test_a_broker_that_was_killed_is_found_again(rabbit, consuming, until, events):
    """Its queue was durable and so were the messages."""
    async with consuming(rabbit.url):
        await _publish_anew(rabbit, "before")
        await until(lambda: _has(events, 1))
        rabbit.kill()
        rabbit.start()
        await _publish_anew(rabbit, "after")
        await until(lambda: _has(events, 2))


async def _publish_anew(rabbit: Broker, content: str) -> None:
    connection = await aio_pika.connect(rabbit.url)
    async with connection:
        channel = await connection.channel()
        await channel.declare_queue(INGEST, durable=True)
        await publish(channel, message(content))


async def _has(events, number: int) -> bool:
    return len(await events()) == number


async def _holds(channel, queue: str, number: int) -> bool:
    return (await channel.declare_queue(queue, durable=True)).declaration_result.message_count == number


async def test_lifecycle_events_reach_the_queues_bound_to_their_kind(rabbit, channel, until, settings):
    notices = [Notice(id=str(number), kind=kind, key="m", body=b"{}") for number, kind in enumerate(("memory.added", "event.done"))]
    async with make_bus("rabbit", rabbit.url, settings).publishing() as publish:
        exchange = await channel.get_exchange(EVENTS)
        queue = await channel.declare_queue(exclusive=True)
        await queue.bind(exchange, "memory.*")
        await publish(notices)
    message = await queue.get(timeout=30)
    assert (message.message_id, message.routing_key, message.body) == ("0", "memory.added", b"{}")
    assert await queue.get(fail=False) is None
