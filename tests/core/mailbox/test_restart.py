"""Redis killed in the middle of it all: what was acknowledged is there afterwards, and nobody has to be restarted."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from redis_server import RedisServer

from core.mailbox import Mailbox
from core.receipts import Receipts
from core.redis import open_redis
from core.settings import Settings
from schemas.errors import LeaseLost, MnemeError, Unavailable
from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.receipt import Receipt, ReceiptStatus
from schemas.scope import Scope

ROUNDS, EVENTS = 3, 20


@pytest.fixture
async def server() -> AsyncIterator[RedisServer]:
    server = RedisServer()
    await asyncio.to_thread(server.start)
    yield server
    server.stop()


async def no_wake(shard: int) -> None:
    pass


async def say(mailbox: Mailbox, receipts: Receipts, user: str, said: list[str]) -> None:
    """A client that sends each event until it is acknowledged, and then waits for its outcome."""
    for number in range(EVENTS):
        text = f"{user}{number}"
        message = Message(role="user", content=text)
        event = MessagesReceived(scope=Scope(owner="o", user=user), messages=(message,), reply_to=receipts.reply_to)
        async with receipts.expect([event.id]) as waiting:
            while True:
                try:
                    await mailbox.accept([event])
                    break
                except Unavailable:
                    await asyncio.sleep(0.02)
            said.append(text)
            [receipt] = await waiting(30)
        assert receipt.status is ReceiptStatus.SUCCEEDED


async def work(mailbox: Mailbox, done: list[str]) -> None:
    """A worker that owns the shard for ever, as far as Redis lets it."""
    while True:
        try:
            lease = await mailbox.take(0, "worker")
            while lease:
                await mailbox.renew(lease)
                for entry in await mailbox.read(lease, count=5, block_ms=50):
                    at = entry.event.accepted_at
                    closed = Receipt(
                        event_id=entry.event.id,
                        owner="o",
                        kind=entry.event.kind,
                        status=ReceiptStatus.SUCCEEDED,
                        created_at=at,
                        updated_at=at,
                    )
                    await mailbox.close(lease, [entry], [closed])
                    done.append(entry.event.messages[0].content)
        except (Unavailable, LeaseLost):
            pass
        await asyncio.sleep(0.02)


async def kill_and_start(server: RedisServer, said: list[str]) -> None:
    for round_ in range(1, ROUNDS + 1):
        while len(said) < round_ * EVENTS // 2:  # noqa: ASYNC110 - the clients' progress
            await asyncio.sleep(0.005)
        server.kill()
        await asyncio.to_thread(server.start)


async def test_nothing_acknowledged_is_lost_when_redis_is_killed(server):
    settings = Settings(redis_url=server.url, shards=1, lease_s=0.5, _env_file=None)
    redis = await open_redis(settings)
    mailbox, receipts = Mailbox(redis, settings, wake=no_wake), Receipts(redis, settings)
    said: list[str] = []
    done: list[str] = []
    async with receipts.listening(), asyncio.timeout(60):
        working = asyncio.create_task(work(mailbox, done))
        async with asyncio.TaskGroup() as tasks:
            for user in "abc":
                tasks.create_task(say(mailbox, receipts, user, said))
            tasks.create_task(kill_and_start(server, said))
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    for user in "abc":
        mine = [text for text in done if text.startswith(user)]
        assert list(dict.fromkeys(mine)) == [f"{user}{number}" for number in range(EVENTS)]
    assert await mailbox.oldest_age_s() is None
    assert (await receipts.page("o", 0, 100))[1] == 3 * EVENTS
    await redis.aclose()


async def test_while_redis_is_away_every_door_says_so(server):
    settings = Settings(redis_url=server.url, shards=1, _env_file=None)
    redis = await open_redis(settings)
    mailbox, receipts = Mailbox(redis, settings, wake=no_wake), Receipts(redis, settings)
    server.kill()
    event = MessagesReceived(scope=Scope(owner="o"), messages=())
    calls = (mailbox.accept([event]), mailbox.take(0, "w"), mailbox.depth(), receipts.get("o", "e"), mailbox.dead_letters.list())
    outcomes = await asyncio.gather(*calls, return_exceptions=True)
    assert all(isinstance(outcome, Unavailable) and isinstance(outcome, MnemeError) and outcome.retryable for outcome in outcomes), outcomes
    await redis.aclose()
