"""Mem0's routes over real rooms: Redis, the store, and a worker in the same process."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from working import a_worker

from core.issuing import issue_key
from core.resources import Resources
from core.settings import Settings
from core.web.app import create_app
from ingest.app import DIALECTS
from ingest.routes.mem0 import router as writing
from query.routes.mem0 import router as reading

Json = Any
Client = httpx.AsyncClient
Connect = Callable[[str], Awaitable[Client]]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Unconfigured, structlog draws every traceback with its variables, which takes seconds of the loop's time."""
    with capture_logs():
        yield


@pytest.fixture
async def connect(resources: Resources) -> AsyncIterator[Connect]:
    """A client of the given account, with a key of its own."""

    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[Resources]:
        yield resources

    app = create_app("Mneme", (reading, writing), DIALECTS, opened, resources.settings)
    clients: list[Client] = []

    async def connected(owner: str) -> Client:
        key = await issue_key(resources.keys, owner, "test")
        headers = {"Authorization": f"Token {key.secret}"}
        clients.append(Client(transport=httpx.ASGITransport(app), base_url="http://mneme", headers=headers))
        return clients[-1]

    async with app.router.lifespan_context(app):
        yield connected
        for client in clients:
            await client.aclose()


@pytest.fixture
async def sleepy(connect: Connect) -> Client:
    """A client of a Mneme whose workers sleep."""
    return await connect("acme")


@pytest.fixture
async def client(sleepy: Client, resources: Resources) -> AsyncIterator[Client]:
    """A client of a Mneme at work."""
    async with a_worker(resources):
        yield sleepy
