"""A whole Mneme in this process: the real front door, Redis, store and embedding model, and a worker in the background."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest
from fastapi import FastAPI
from fundamentals.application import Application, Register
from new_stores import new_store
from server import MODELS
from structlog.testing import capture_logs
from working import a_worker

from core.issuing import issue_key
from core.models.embedding import Embedder, open_embedder
from core.resources import Resources
from core.settings import Settings
from core.store.keys import Keys
from core.store.reader import Reader
from core.web.app import create_app
from ingest.app import DIALECTS
from ingest.app import ROUTERS as WRITING
from query.app import ROUTERS as READING


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Unconfigured, structlog draws every traceback with its variables, which takes seconds of the loop's time."""
    with capture_logs():
        yield


@pytest.fixture(scope="session")
def embedder() -> Iterator[Embedder]:
    """The built-in model, loaded once: meaning matters here."""
    embedder = asyncio.run(open_embedder(Settings(models_dir=MODELS, _env_file=None)))
    yield embedder
    asyncio.run(embedder.close())


@pytest.fixture
async def resources(resources: Resources, embedder: Embedder) -> AsyncIterator[Resources]:
    """As everywhere in these tests, but with that model, and a store made for it."""
    settings = resources.settings
    folder = str(settings.data_dir / "store-of-meaning")
    store = await new_store(folder, shards=settings.shards, embedding_model=embedder.name, dimension=embedder.dimension)
    yield replace(resources, embedder=embedder, store=store, reader=Reader(store), keys=Keys(store))
    await store.close()


@pytest.fixture
async def front_door(resources: Resources) -> AsyncIterator[FastAPI]:
    """Everything `mneme up` serves."""

    @asynccontextmanager
    async def opened(_: Settings) -> AsyncIterator[Resources]:
        yield resources

    app = create_app("Mneme", (*READING, *WRITING), DIALECTS, opened, resources.settings)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def register(front_door: FastAPI, resources: Resources) -> AsyncIterator[Register]:
    """`await register("acme")`: the application of that account, with a key of its own."""
    open_now: list[httpx.AsyncClient] = []

    async def registered(owner: str) -> Application:
        key = await issue_key(resources.keys, owner, "tutorial")
        headers = {"Authorization": f"Token {key.secret}"}
        open_now.append(httpx.AsyncClient(transport=httpx.ASGITransport(front_door), base_url="http://mneme", headers=headers))
        return Application(open_now[-1])

    yield registered
    for client in open_now:
        await client.aclose()


@pytest.fixture
async def unattended(register: Register) -> Application:
    """An application of a Mneme where nobody works."""
    return await register("acme")


@pytest.fixture
async def app(unattended: Application, resources: Resources) -> AsyncIterator[Application]:
    """An application of a Mneme with a worker at work."""
    async with a_worker(resources):
        yield unattended
