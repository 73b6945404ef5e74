"""An app of toy routes, served in this process, with a real Redis and a real store behind it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from redis.asyncio import Redis

from core.issuing import issue_key
from core.resources import Resources
from core.web.app import create_app
from schemas.errors import BadInput, MnemeError
from schemas.wire.dialect import Dialect, Spelling

Serve = Callable[..., Awaitable[httpx.AsyncClient]]


def spell_toy(error: MnemeError) -> Spelling:
    body: dict[str, Any] = {"toy": error.message}
    if isinstance(error, BadInput):
        body |= {"fields": error.fields, "locs": [list(problem.loc) for problem in error.problems]}
    return error.status, body, {"X-Toy": "yes"}


TOY = Dialect(name="toy", owns=lambda path: path.startswith("/toy"), spell=spell_toy)


@pytest.fixture
async def serve(resources: Resources) -> AsyncIterator[Serve]:
    """`client = await serve(router, ...)`: the app with these routers; settings may be given by name."""
    async with AsyncExitStack() as stack:

        async def start(*routers: APIRouter, dialects: Sequence[Dialect] = (TOY,), redis: Redis | None = None, **changes: Any):
            settings = resources.settings.model_copy(update=changes)
            changed = replace(resources, settings=settings, redis=redis or resources.redis)
            app = create_app("Toy", routers, dialects, lambda _: _as_they_are(changed), settings)
            return await stack.enter_async_context(client_of(app))

        yield start


@pytest.fixture
async def key(resources: Resources) -> dict[str, str]:
    """A valid key, as headers."""
    issued = await issue_key(resources.keys, "acme", "test")
    return {"Authorization": f"Bearer {issued.secret}"}


@asynccontextmanager
async def client_of(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://mneme") as client:
            client.app = app  # type: ignore[attr-defined]
            yield client


@asynccontextmanager
async def _as_they_are(resources: Resources) -> AsyncIterator[Resources]:
    yield resources
