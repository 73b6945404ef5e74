"""Memory Layer's routes over real rooms: Redis, the store, a worker and a tender in the same process."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from working import a_worker

from core.issuing import issue_key
from core.limits import Limits
from core.mailbox import Mailbox
from core.resources import Resources
from core.web.app import create_app
from ingest.app import DIALECTS
from ingest.app import ROUTERS as WRITING
from query.app import ROUTERS as READING
from workers.maintenance import run_job

Client = httpx.AsyncClient
Serve = Callable[..., Awaitable[Client]]


@pytest.fixture
async def serve(resources: Resources) -> AsyncIterator[Serve]:
    """`await serve("acme", setting=value)`: a client of that account, with a key of its own; without an account, with none."""
    async with AsyncExitStack() as stack:

        async def started(owner: str | None = None, **changes: Any) -> Client:
            settings = resources.settings.model_copy(update=changes)
            mailbox = Mailbox(resources.redis, settings, wake=resources.mailbox.wake)
            limits = Limits(resources.redis, settings, resources.keys, resources.reader)
            changed = replace(resources, settings=settings, mailbox=mailbox, limits=limits)
            app = create_app("Mneme", (*READING, *WRITING), DIALECTS, lambda _: _opened(changed), settings)
            await stack.enter_async_context(app.router.lifespan_context(app))
            headers = {"Authorization": f"Bearer {(await issue_key(resources.keys, owner, 'test')).secret}"} if owner else {}
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            return await stack.enter_async_context(Client(transport=transport, base_url="http://mneme", headers=headers))

        yield started


@asynccontextmanager
async def _opened(resources: Resources) -> AsyncIterator[Resources]:
    yield resources


@pytest.fixture
async def at_work(resources: Resources) -> AsyncIterator[None]:
    """A worker that handles what comes."""
    async with a_worker(resources):
        yield


@pytest.fixture
async def tended(resources: Resources) -> AsyncIterator[None]:
    """A tender that carries out what is ordered."""
    done = asyncio.Event()

    async def keep_tending() -> None:
        while not done.is_set():
            for run in await resources.jobs.unfinished():
                await run_job({"resources": resources, "name": "tender"}, run.id)
            await asyncio.sleep(0.005)

    async with asyncio.TaskGroup() as group:
        group.create_task(keep_tending())
        yield
        done.set()


@pytest.fixture
async def client(serve: Serve, at_work: None) -> Client:
    """A client of the account acme, with a worker at work."""
    return await serve("acme")
