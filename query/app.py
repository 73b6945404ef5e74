"""The reading side as an app of its own, `python -m core.web.serve query.app:app`, and both sides on one origin, `query.app:web`.

`web` is what an SDK's base URL points at.
"""

from functools import partial

from fastapi import FastAPI

from core.logging import configure_logging
from core.resources import open_resources
from core.settings import Settings
from core.web.app import create_app
from ingest.app import DIALECTS
from ingest.app import ROUTERS as WRITING
from query.routes import bulk, erasure, export, lifecycle, mem0, memories_api, memory_layer

ROUTERS = (mem0.router, memories_api.router, memory_layer.router, bulk.router, lifecycle.router, erasure.router, export.router)
_OPEN = partial(open_resources, searches=True)


def app() -> FastAPI:
    """The reading side, with settings from the environment."""
    settings = Settings()
    configure_logging(settings)
    return create_app("Mneme: reading", ROUTERS, DIALECTS, _OPEN, settings)


def web() -> FastAPI:
    """Both sides, with settings from the environment."""
    settings = Settings()
    configure_logging(settings)
    return create_app("Mneme", (*ROUTERS, *WRITING), DIALECTS, _OPEN, settings)
