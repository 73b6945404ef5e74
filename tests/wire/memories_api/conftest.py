"""The Memories API over real rooms: Redis, the store, and a worker in the same process."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from working import a_worker

from core.issuing import issue_key
from core.mailbox import Mailbox
from core.resources import Resources
from core.settings import Settings
from core.web.app import create_app
from ingest.app import DIALECTS
from ingest.routes.memories_api import router as writing
from query.routes.memories_api import router as reading

Connect = Callable[..., Awaitable[httpx.AsyncClient]]


@pytest.fixture
async def connect(resources: Resources) -> AsyncIterator[Connect]:
    """`await connect("acme", setting=value)`: a client of that account, with a key of its own. Nobody works."""
    clients: list[httpx.AsyncClient] = []

    async def connected(owner: str, **changes: Any) -> httpx.AsyncClient:
        settings = resources.settings.model_copy(update=changes)
        changed = replace(resources, settings=settings, mailbox=Mailbox(resources.redis, settings, wake=resources.mailbox.wake))

        @asynccontextmanager
        async def opened(_: Settings) -> AsyncIterator[Resources]:
            yield changed

        app = create_app("Mneme", (reading, writing), DIALECTS, opened, changed.settings)
        key = await issue_key(resources.keys, owner, "test")
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            headers = {"Authorization": f"Bearer {key.secret}"}
            clients.append(httpx.AsyncClient(transport=transport, base_url="http://mneme", headers=headers))
        return clients[-1]

    yield connected
    for client in clients:
        await client.aclose()


@pytest.fixture
async def at_work(resources: Resources) -> AsyncIterator[None]:
    """A worker that handles what comes."""
    async with a_worker(resources):
        yield


@pytest.fixture
async def client(connect: Connect, at_work: None) -> httpx.AsyncClient:
    """A client of the account acme, with a worker at work."""
    return await connect("acme")
