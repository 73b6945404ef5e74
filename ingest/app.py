"""The writing side as an app of its own: `python -m core.web.serve ingest.app:app`."""

from fastapi import FastAPI

from core.logging import configure_logging
from core.resources import open_resources
from core.settings import Settings
from core.web.app import create_app
from ingest.routes import bulk, erasure, mem0, memories_api, memory_layer
from schemas.wire.mem0 import errors as mem0_errors
from schemas.wire.memories_api import errors as memories_api_errors
from schemas.wire.memory_layer import errors as memory_layer_errors

ROUTERS = (mem0.router, memories_api.router, memory_layer.router, bulk.router, erasure.router)
DIALECTS = (mem0_errors.DIALECT, memories_api_errors.DIALECT, memory_layer_errors.DIALECT, memory_layer_errors.KEYS_DIALECT)
"""Of both sides; the first that owns a path spells its errors."""


def app() -> FastAPI:
    """The writing side, with settings from the environment."""
    settings = Settings()
    configure_logging(settings)
    return create_app("Mneme: writing", ROUTERS, DIALECTS, open_resources, settings)
