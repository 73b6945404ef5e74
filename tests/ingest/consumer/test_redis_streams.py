"""Redis Streams, the default: whatever a plain client adds to the stream is remembered once, consumers dying or not."""

import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

import pytest
from faststream.redis import RedisBroker
from redis.asyncio import Redis
from redis_server import RedisServer
from server import MODELS, ROOT

from core.bus.delivery import Delivery
from core.bus.names import DEAD, GROUP, INGEST
from core.bus.opening import make_bus
from core.settings import Settings
from schemas.errors import BadInput
from schemas.message import Message

MESSAGES, MALFORMED = 1_000, 100


@pytest.fixture
def letters(resources):
    @asynccontextmanager
    async def opened():
        async with make_bus("redis", resources.settings.redis_dsn, resources.settings).letters() as found:
            yield found

    return opened


def add(**fields) -> dict[str, str]:
    return {"data": json.dumps({"user_id": "alice", "content": "I love tea.", **fields})}


async def empty(redis: Redis) -> bool:
    return await redis.xlen(INGEST) == 0


async def test_a_plain_client_adds_json_or_plain_fields(redis, consuming, until, events, api_key):
    """Published before anyone consumed, too: the group begins with the stream, not with its own birth."""
    await redis.xadd(INGEST, add(metadata={"source": "chat"}, lane="live"))
    async with consuming("redis"):
        await until(lambda: empty(redis))
        turns = json.dumps([{"role": "user", "content": "I moved to Lisbon."}, {"role": "assistant", "content": "Nice!"}])
        fields = {
            "user_id": "bob",
            "run_id": "7",
            "messages": turns,
            "infer": "false",
            "timestamp": "1735689600",
            "authorization": f"Token {api_key}",
        }
        await redis.xadd(INGEST, fields)
        await redis.xadd(INGEST, {"user_id": "carol", "messages": "I hate mornings."})
        await until(lambda: empty(redis))
    alice, bob, carol = sorted(await events(), key=lambda event: event.scope.user)
    assert (alice.scope.owner, alice.lane, alice.metadata) == ("acme", "live", {"source": "chat"})
    assert (bob.scope.owner, bob.scope.run, bob.infer, bob.lane, bob.said_at.year) == ("keyed", "7", False, "bulk", 2025)
    assert [one.content for one in bob.messages] == ["I moved to Lisbon.", "Nice!"]
    assert carol.messages == (Message(role="user", content="I hate mornings."),)


async def test_faststream_on_the_producers_side_is_understood_too(redis_url, redis, consuming, until, events, api_key):
    async with RedisBroker(redis_url, logger=None) as producer, consuming("redis"):
        await producer.publish({"user_id": "alice", "content": "I love tea."}, stream=INGEST, headers={"x-api-key": api_key})
        await until(lambda: empty(redis))
    [event] = await events()
    assert (event.scope.owner, event.scope.user) == ("keyed", "alice")


async def test_what_a_dead_consumer_held_comes_to_another(redis, consuming, until, accepted):
    await redis.xgroup_create(INGEST, GROUP, id="0", mkstream=True)
    for number in range(20):
        await redis.xadd(INGEST, add(user_id=f"u{number % 2}", content=f"Note {number}."))
    await redis.xreadgroup(GROUP, "dead", {INGEST: ">"}, count=20)
    [(gone, _), *_] = await redis.xrange(INGEST)
    await redis.xdel(INGEST, gone)  # what is pending may be gone: that stops nobody
    async with consuming("redis"):
        await until(lambda: empty(redis))
    assert await accepted() == {"acme": {"u0": 9, "u1": 10}}


async def test_what_is_held_back_is_not_taken_over(redis, resources, until, accepted):
    """A consumer that waits for room shows that it lives, for as long as it waits."""
    await redis.xadd(INGEST, add())
    await redis.xadd(INGEST, add(content="I love coffee."))
    settings = resources.settings.model_copy(update={"broker_claim_s": 6})
    bus = make_bus("redis", settings.redis_dsn, settings)
    waiting = asyncio.Event()
    release = asyncio.Event()
    again = []

    async def take(deliveries):
        again.extend(delivery.again for delivery in deliveries)
        waiting.set()
        await release.wait()
        return [None] * len(deliveries)

    async with bus.consuming(take), make_bus("redis2", settings.redis_dsn, settings).consuming(take):
        await waiting.wait()
        await until(partial(_shows_that_it_lives, redis, time.monotonic()))
        release.set()
        await until(lambda: empty(redis))
    assert again == [False, False]


async def _shows_that_it_lives(redis: Redis, held_since: float) -> bool:
    """Whether it claimed again what it holds: it holds it for longer than Redis has heard nothing of it."""
    held = await redis.xpending_range(INGEST, GROUP, "-", "+", 10)
    return len(held) == 2 and all(one["time_since_delivered"] / 1000 < time.monotonic() - held_since - 1 for one in held)


async def test_what_two_consumers_were_given_is_buried_once(redis, resources):
    """The first one stood still for so long that the other was given it too."""
    bus = make_bus("redis", resources.settings.redis_dsn, resources.settings)
    await redis.xgroup_create(INGEST, GROUP, id="0", mkstream=True)
    number = await redis.xadd(INGEST, {"data": b"{oops"})
    await redis.xreadgroup(GROUP, "first", {INGEST: ">"})
    for _ in range(2):
        await bus._settle(redis, [Delivery(id=number.decode(), body=b"{oops", headers={}, again=False)], [BadInput("not valid JSON")])
    assert (await redis.xlen(DEAD), await redis.xlen(INGEST)) == (1, 0)


async def test_dead_letters_are_shown_replayed_and_dropped(redis, consuming, until, letters, accepted):
    async with consuming("redis"):
        await redis.xadd(INGEST, {"data": b"{oops"})
        await redis.xadd(INGEST, {**add(), "x-api-key": "not-yet-known"})
        await until(lambda: empty(redis))
    async with letters() as found:
        [newest, oldest], total = await found.list(10)
        assert (newest.error, oldest.body, total) == ("the API key is unknown or revoked", b"{oops", 2)
        assert await found.replay([newest.id]) == 1
        assert await redis.xrange(INGEST) == [((await redis.xrange(INGEST))[0][0], {b"data": newest.body, b"x-api-key": b"not-yet-known"})]
        assert await found.drop(None) == 1
        assert await found.list(10) == ([], 0)


async def test_a_stream_that_vanished_is_made_again(redis, consuming, until, accepted):
    async with consuming("redis"):
        await redis.xadd(INGEST, add())
        await until(lambda: _counts(accepted, 1))
        await redis.delete(INGEST)
        await redis.xadd(INGEST, add(content="I love coffee."))
        await until(lambda: _counts(accepted, 2))


async def test_a_broker_that_was_killed_is_found_again(consuming, until, accepted):
    """Another Redis than ours; what was published meanwhile waits in its file."""
    server = RedisServer()
    server.start()
    try:
        async with consuming(server.url):
            async with Redis.from_url(server.url) as producer:
                await producer.xadd(INGEST, add())
            await until(lambda: _counts(accepted, 1))
            server.kill()
            server.start()
            async with Redis.from_url(server.url) as producer:
                await producer.xadd(INGEST, add(content="I love coffee."))
            await until(lambda: _counts(accepted, 2))
    finally:
        server.stop()


async def _counts(accepted, number: int) -> bool:
    return (await accepted()).get("acme", {}).get("alice") == number


async def test_of_a_thousand_messages_each_is_accepted_once_though_the_consumer_is_killed(redis, settings, tmp_path, until, events):
    """A hundred malformed ones among them end in the dead letters, each once, with its reason."""
    messages = [add(user_id=f"u{number % 20}", content=f"Note {number}.", infer=False) for number in range(MESSAGES)]
    messages += [{"data": f'{{"broken": {number}'} for number in range(MALFORMED)]
    random.Random(7).shuffle(messages)
    adding = asyncio.create_task(_add_slowly(redis, messages))
    with (tmp_path / "log").open("ab") as log:
        for _ in range(2):
            running = consumer(settings, tmp_path, log)
            before = await _delivered(redis)
            await until(partial(_moved, redis, before, running))
            running.send_signal(signal.SIGKILL)
            running.wait(60)
        await adding
        running = consumer(settings, tmp_path, log)
        try:
            await until(lambda: empty(redis))
        finally:
            running.terminate()
            assert running.wait(60) == 0, (tmp_path / "log").read_text()
    assert Counter(event.messages[0].content for event in await events()) == Counter(f"Note {number}." for number in range(MESSAGES))
    letters = await redis.xrange(DEAD)
    assert Counter(fields[b"data"] for _, fields in letters) == Counter(b'{"broken": %d' % number for number in range(MALFORMED))
    assert all(b"not valid JSON" in fields[b"error"] for _, fields in letters)


async def _add_slowly(redis: Redis, messages: list[dict[str, str]]) -> None:
    for message in messages:
        await redis.xadd(INGEST, message)
        await asyncio.sleep(0.002)


async def _moved(redis: Redis, before: object, running: subprocess.Popen[bytes]) -> bool:
    """Whether the consumer has begun to work."""
    assert running.poll() is None
    return await _delivered(redis) != before


async def _delivered(redis: Redis) -> object:
    groups = await redis.xinfo_groups(INGEST) if await redis.exists(INGEST) else []
    return next((group["last-delivered-id"] for group in groups), b"0-0")


def consumer(settings: Settings, folder: Path, log: BinaryIO) -> subprocess.Popen[bytes]:
    """The process, as `mneme up` starts it, over a store of its own."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MNEME_")},
        "MNEME_REDIS_URL": settings.redis_dsn,
        "MNEME_DATA_DIR": str(folder / "consumer"),
        "MNEME_MODELS_DIR": str(MODELS),
        "MNEME_SHARDS": str(settings.shards),
        "MNEME_BROKER_TRUSTED_OWNER": "acme",
        "MNEME_BROKER_CLAIM_S": "1",
    }
    return subprocess.Popen([sys.executable, "-m", "ingest.consumer"], cwd=ROOT, env=environment, stdout=log, stderr=log)
