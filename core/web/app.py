"""The app: one front door around whatever routers it is given."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from core.issuing import bootstrap
from core.keyring import Keyring
from core.lifecycle import Following
from core.resources import Resources
from core.sessions import Sessions
from core.settings import Settings
from core.web import docs, health
from core.web.body import BodyBound
from core.web.closing import told_to_close
from core.web.deadline import Deadline
from core.web.direct import Direct
from core.web.errors import ErrorBoundary, pass_on
from core.web.path import CanonicalPath
from core.web.trace import Trace
from schemas.wire.bulk import ROOT as BULK
from schemas.wire.dialect import Dialect

OpenResources = Callable[[Settings], AbstractAsyncContextManager[Resources]]

_FOLLOWERS_MAX = 256
"""Most streams of progress at once in one process; then 503."""
_DESCRIPTION = "A long-term memory for AI applications. Each dialect is what the client library of that name speaks; all share one pool."


def create_app(
    title: str, routers: Sequence[APIRouter], dialects: Sequence[Dialect], open_resources: OpenResources, settings: Settings
) -> FastAPI:
    """An app that opens its resources when it starts and closes them when it ends; they stand in `app.state.resources`.

    Routes are declared without a slash at the end. Besides the routers' it has /health, /ready, /docs and /openapi.json.
    """
    app = FastAPI(
        title=title,
        description=_DESCRIPTION,
        lifespan=_lifespan(open_resources, settings),
        middleware=[
            Middleware(CanonicalPath),
            Middleware(Trace),
            Middleware(ErrorBoundary, dialects=dialects),
            Middleware(Deadline, seconds=settings.request_timeout_s, uploads=(BULK,)),
            Middleware(BodyBound, max_bytes=settings.body_max_bytes, uploads={BULK: settings.bulk_max_bytes}),
        ],
        exception_handlers={HTTPException: pass_on, RequestValidationError: pass_on},
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for router in (*routers, health.router, docs.router):
        app.include_router(router)
    app.router.routes.insert(0, Direct(app.routes))
    return app


def _lifespan(open_resources: OpenResources, settings: Settings) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with open_resources(settings) as resources:
            app.state.resources = resources
            app.state.keyring = Keyring(resources.keys, resources.redis)
            app.state.sessions = Sessions(settings)
            app.state.uploads = asyncio.Semaphore(settings.bulk_uploads_max)
            app.state.followers = asyncio.Semaphore(_FOLLOWERS_MAX)
            app.state.exports = asyncio.Semaphore(settings.exports_max)
            if settings.api_key is not None:
                await bootstrap(resources.keys, resources.redis, settings.api_key.get_secret_value())
            app.state.following = Following(resources.redis, settings.streams_max)
            tasks = [asyncio.create_task(app.state.keyring.keep_uses()), asyncio.create_task(app.state.following.listen())]
            try:
                with told_to_close(app.state.following.close):
                    yield
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)

    return lifespan
