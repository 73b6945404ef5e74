"""NATS JetStream: what a plain nats-py client publishes is accepted once; the rest is in the dead letters."""

import json
from collections import Counter
from collections.abc import AsyncIterator

import pytest
from brokers import Broker
from nats import connect
from nats.js import JetStreamContext

from core.bus.delivery import Notice
from core.bus.names import DEAD, EVENTS, GROUP, INGEST
from core.bus.nats_stream import DEAD_STREAM, INGEST_STREAM
from core.bus.opening import make_bus
from schemas.errors import MnemeError


@pytest.fixture
async def jetstream(nats: Broker) -> AsyncIterator[JetStreamContext]:
    """A plain client's JetStream, without any stream."""
    client = await connect(nats.url)
    jetstream = client.jetstream()
    for stream in await jetstream.streams_info():
        await jetstream.delete_stream(stream.config.name)
    yield jetstream
    await client.close()


def body(content: str = "I love tea.", **fields) -> bytes:
    return json.dumps({"user_id": "alice", "content": content, **fields}).encode()


async def test_hundreds_of_messages_arrive_and_the_unreadable_ones_are_put_aside(
    nats, jetstream, consuming, until, events, api_key, settings
):
    await jetstream.add_stream(name=INGEST_STREAM, subjects=[INGEST])  # as a producer that comes first does
    for number in range(400):
        await jetstream.publish(INGEST, body(f"Note {number}."))
    await jetstream.publish(INGEST, b"{oops", headers={"X-Tenant": "t"})
    await jetstream.publish(INGEST, body("Keyed."), headers={"Authorization": f"Token {api_key}"})
    async with consuming(nats.url):
        await until(lambda: _has(events, 401))
        await until(lambda: _all_acknowledged(jetstream))
    found = Counter((event.scope.owner, event.messages[0].content) for event in await events())
    assert found == Counter([*(("acme", f"Note {number}.") for number in range(400)), ("keyed", "Keyed.")])
    async with make_bus("nats", nats.url, settings).letters() as letters:
        [letter], total = await letters.list(10)
        assert (letter.body, total) == (b"{oops", 1)
        assert letter.error.startswith("the body is not valid JSON")
        assert await letters.replay([letter.id]) == 1
        assert await letters.list(10) == ([], 0)
    again = await jetstream.get_last_msg(INGEST_STREAM, INGEST)
    assert (again.data, again.headers) == (b"{oops", {"x-tenant": "t"})


async def test_the_streams_are_made_where_nobody_has(nats, jetstream, consuming, until, events, settings):
    """And what was consumed does not stay in them."""
    async with consuming(nats.url):
        await until(lambda: _exists(jetstream, INGEST))
        await jetstream.publish(INGEST, body())
        await until(lambda: _has(events, 1))
        await until(lambda: _all_acknowledged(jetstream))
    assert (await jetstream.stream_info(INGEST_STREAM)).state.messages == 0
    assert await jetstream.find_stream_name_by_subject(DEAD) == DEAD_STREAM


async def test_what_a_dead_consumer_held_comes_again(nats, jetstream, consuming, until, events, settings):
    """Here one that accepted, and died before it could say so."""
    await jetstream.add_stream(name=INGEST_STREAM, subjects=[INGEST])
    await jetstream.publish(INGEST, body())
    seen = []

    async def dies(deliveries):
        seen.extend(deliveries)
        raise MnemeError("died")

    async with make_bus("nats", nats.url, settings).consuming(dies):
        await until(lambda: _any(seen))
    async with consuming(nats.url):
        await until(lambda: _has(events, 1))
        await until(lambda: _all_acknowledged(jetstream))
    assert not seen[0].again


async def test_a_message_of_the_largest_size_can_still_be_buried(nats, jetstream, consuming, until, settings):
    await jetstream.add_stream(name=INGEST_STREAM, subjects=[INGEST])
    await jetstream.publish(INGEST, b"x" * (1024 * 1024 - 200))
    async with consuming(nats.url):
        await until(lambda: _all_acknowledged(jetstream))
    async with make_bus("nats", nats.url, settings).letters() as letters:
        [letter], _ = await letters.list(10)
        assert len(letter.body) > 1_000_000
        assert await letters.drop(None) == 1


async def test_a_broker_that_was_killed_is_found_again(nats, jetstream, consuming, until, events):
    async with consuming(nats.url):
        await until(lambda: _exists(jetstream, INGEST))
        await jetstream.publish(INGEST, body("before"))
        await until(lambda: _has(events, 1))
        nats.kill()
        nats.start()
        client = await connect(nats.url)
        await client.jetstream().publish(INGEST, body("after"))
        await client.close()
        await until(lambda: _has(events, 2))


async def _has(events, number: int) -> bool:
    return len(await events()) == number


async def _any(seen: list[object]) -> bool:
    return bool(seen)


async def _exists(jetstream: JetStreamContext, subject: str) -> bool:
    return bool([stream for stream in await jetstream.streams_info() if subject in stream.config.subjects])


async def _all_acknowledged(jetstream: JetStreamContext) -> bool:
    consumers = await jetstream.consumers_info(INGEST_STREAM)
    return any(one.name == GROUP and not one.num_pending and not one.num_ack_pending and one.delivered.stream_seq for one in consumers)


async def test_lifecycle_events_lie_in_a_stream_each_once(nats, jetstream, settings):
    notices = [Notice(id=str(number), kind="memory.added", key="m", body=b"%d" % number) for number in range(3)]
    for _ in range(2):
        async with make_bus("nats", nats.url, settings).publishing() as publish:
            await publish(notices)
    subscription = await jetstream.pull_subscribe(EVENTS, durable="plain")
    assert [message.data for message in await subscription.fetch(10, timeout=5)] == [b"0", b"1", b"2"]
