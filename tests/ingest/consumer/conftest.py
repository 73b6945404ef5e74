"""A consumer in this process, and real brokers beside it."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from functools import partial

import pytest
from brokers import RABBIT, Broker, NatsServer, RabbitServer, nats_program
from taking import taking_of

from core.bus.opening import make_bus, urls_of
from core.bus.serving import serve
from core.issuing import issue_key
from core.resources import Resources
from core.settings import Settings
from schemas.event import Event

Until = Callable[[Callable[[], Awaitable[object]]], Awaitable[None]]


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Messages without a key belong to acme; who is silent for half a second is dead."""
    return settings.model_copy(update={"broker_trusted_owner": "acme", "broker_claim_s": 0.5})


@pytest.fixture
async def api_key(resources: Resources) -> str:
    """A key of the account `keyed`."""
    return (await issue_key(resources.keys, "keyed", "producer")).secret


@pytest.fixture
def consuming(resources: Resources):
    """Consume the broker of a URL while the block runs."""

    @asynccontextmanager
    async def consume(url: str) -> AsyncIterator[None]:
        settings = resources.settings.model_copy(update={"broker_urls": url})
        [(name, address)] = urls_of(settings).items()
        task = asyncio.create_task(serve(partial(make_bus, name, address, settings), taking_of(resources)))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    return consume


@pytest.fixture
def events(resources: Resources):
    """The events in all mailboxes, each shard's in order."""

    async def read() -> list[Event]:
        found: list[Event] = []
        for shard in range(resources.settings.shards):
            lease = await resources.mailbox.take(shard, "test")
            found += [entry.event for entry in await resources.mailbox.read(lease, count=100_000)]
            await resources.mailbox.release(lease)
        return found

    return read


@pytest.fixture
def accepted(events):
    """What was accepted, as {owner: {user: how many events}}."""

    async def count() -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for event in await events():
            users = found.setdefault(event.scope.owner, {})
            users[event.scope.user] = users.get(event.scope.user, 0) + 1
        return found

    return count


@pytest.fixture
def until() -> Until:
    """Wait for a condition; the test fails when it does not come true in time."""

    async def wait(condition: Callable[[], Awaitable[object]]) -> None:
        async with asyncio.timeout(90):
            while not await condition():  # noqa: ASYNC110 - another process' state: there is nothing to await
                await asyncio.sleep(0.02)

    return wait


@pytest.fixture(scope="session")
def nats() -> Iterator[Broker]:
    """A NATS server with JetStream (Debian: nats-server)."""
    yield from _running(NatsServer, installed=nats_program() is not None)


@pytest.fixture(scope="session")
def rabbit() -> Iterator[Broker]:
    """A RabbitMQ server (Debian: rabbitmq-server)."""
    yield from _running(RabbitServer, installed=RABBIT.exists())


def _running(kind: type[Broker], *, installed: bool) -> Iterator[Broker]:
    if not installed and not os.environ.get("CI"):
        pytest.skip(f"{kind.__name__} is not installed here")
    broker = kind()
    try:
        broker.start()
        yield broker
    finally:
        broker.stop()
