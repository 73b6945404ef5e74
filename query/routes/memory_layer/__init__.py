"""Memory Layer: what its clients read."""

from fastapi import APIRouter

from query.routes.memory_layer import chat, keys, memories, search, stats
from schemas.wire.memory_layer.errors import FAILURES

_PARTS = (search, stats, memories, chat, keys)
"""Literal paths first: `/v1/memory/stats` is no memory's id."""

router = APIRouter()
for _part in _PARTS:
    router.include_router(_part.router, responses=FAILURES)
