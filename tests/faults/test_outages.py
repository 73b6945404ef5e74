"""What Mneme stands on goes away for a while: clients are told to come back, nothing accepted is lost, and it recovers by itself."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from redis_server import RedisServer
from structlog.testing import capture_logs
from working import work

from core.issuing import issue_key
from core.limits import Limits
from core.mailbox import Mailbox
from core.mailbox.wake import ArqWake
from core.projects import Projects
from core.receipts import Receipts
from core.redis import open_redis
from core.resources import Resources
from core.settings import Settings
from core.store.records import Records
from core.web.app import create_app
from ingest.app import DIALECTS
from ingest.app import ROUTERS as WRITING
from query.app import ROUTERS as READING
from schemas.errors import Unavailable
from schemas.event import MessagesReceived
from schemas.ids import new_id
from schemas.message import Message
from schemas.receipt import ReceiptStatus
from schemas.scope import Scope
from schemas.search import Selection

_FULL_BYTES = 1_024
"""No file may grow beyond this on a "full" disk."""


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """One that only this test talks to."""
    server = RedisServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture
async def install(own_redis: RedisServer, resources: Resources) -> AsyncIterator[Resources]:
    """Resources on that Redis, which wait a second for it."""
    settings = resources.settings.model_copy(update={"redis_url": own_redis.url, "redis_timeout_s": 1.0})
    redis = await open_redis(settings)
    receipts = Receipts(redis, settings)
    mailbox = Mailbox(redis, settings, wake=ArqWake(redis), fence=resources.store.fence)
    async with receipts.listening():
        limits, projects = (
            Limits(redis, settings, resources.keys, resources.reader),
            Projects(Records(resources.store), resources.keys, redis),
        )
        yield replace(resources, settings=settings, redis=redis, mailbox=mailbox, receipts=receipts, limits=limits, projects=projects)
    await redis.aclose()


async def test_while_redis_does_not_answer_adds_are_503_and_the_same_add_is_taken_once_afterwards(
    own_redis: RedisServer, install: Resources
) -> None:
    body = {"messages": [{"role": "user", "content": "I sing in a choir."}], "user_id": "singer", "infer": False}
    key = {"Idempotency-Key": "choir"}
    async with served(install) as client:
        with own_redis.standing_still():
            answer = await client.post("/v1/memories/", json=body, headers=key)
            assert (answer.status_code, int(answer.headers["Retry-After"]) > 0) == (503, True), answer.text
        async with asyncio.timeout(60):
            while await _sent(client, body, key, install) != 200:
                pass
    page = await install.reader.page(Selection(owner="choir"))
    assert [memory.content for memory in page.memories] == ["I sing in a choir."]


@asynccontextmanager
async def served(install: Resources) -> AsyncIterator[httpx.AsyncClient]:
    """A client of everything `mneme up` serves, over these resources."""

    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[Resources]:
        yield install

    app = create_app("Mneme", (*READING, *WRITING), DIALECTS, opened, install.settings)
    headers = {"Authorization": f"Token {(await issue_key(install.keys, 'choir', 'test')).secret}"}
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://mneme") as client:
        client.headers.update(headers)
        yield client


async def _sent(client: httpx.AsyncClient, body: dict[str, object], key: dict[str, str], install: Resources) -> int:
    """The status of an add that a worker sees to."""
    adding = asyncio.create_task(client.post("/v1/memories/", json=body, headers=key))
    while not adding.done():
        with suppress(Unavailable):
            await work(install)
        await asyncio.sleep(0.01)
    return (await adding).status_code


@contextmanager
def full_disk() -> Iterator[None]:
    """This process can write no file of any size; what is in files stays as it is."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_FULL_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def said(text: str, at: datetime) -> MessagesReceived:
    return MessagesReceived(id=new_id(), scope=Scope(owner="o", user="u"), messages=(Message(role="user", content=text),), occurred_at=at)


async def test_while_the_disk_is_full_events_wait_and_then_each_is_stored_once(resources: Resources) -> None:
    event = said("I sing in a choir.", resources.clock())
    await resources.mailbox.accept([event])
    with capture_logs() as logs:
        with full_disk():
            working = asyncio.create_task(work(resources))
            async with asyncio.timeout(60):
                while sum(line["event"] == "batch.failed" for line in logs) < 2:  # noqa: ASYNC110 - the log sets no event
                    await asyncio.sleep(0.01)
            waiting = await resources.receipts.get("o", event.id)
        async with asyncio.timeout(60):
            await working
    closed = await resources.receipts.get("o", event.id)
    assert waiting is not None
    assert closed is not None
    assert (waiting.status.closed, closed.status) == (False, ReceiptStatus.SUCCEEDED)
    assert (await resources.reader.count(Selection(owner="o"))) == 1


async def test_clocks_that_jump_change_neither_the_order_nor_what_is_known_in_the_end(resources: Resources) -> None:
    """Each machine's clock is wrong in its own way; the order is that of acceptance, by Redis."""
    jumps = [timedelta(hours=5), timedelta(hours=-5), timedelta(0), timedelta(days=-2), timedelta(days=1)]
    now = datetime.now(UTC)
    for city, jump in zip(("Lisbon", "Oslo", "Madrid", "Vienna", "Athens"), jumps, strict=True):
        await resources.mailbox.accept([said(f"I live in {city} now.", now)])
        await work(replace(resources, clock=lambda jump=jump: datetime.now(UTC) + jump))
    page = await resources.reader.page(Selection(owner="o"))
    assert [memory.content for memory in page.memories] == ["The user lives in Athens now."]
