"""Memory Layer: what its clients write."""

from fastapi import APIRouter

from ingest.routes.memory_layer import keys, maintenance, memories
from schemas.wire.memory_layer.errors import FAILURES

router = APIRouter()
for _part in (memories, maintenance, keys):
    router.include_router(_part.router, responses=FAILURES)
