"""Mem0: what its clients read."""

from fastapi import APIRouter, Depends

from core.web.entering import entered
from query.routes.mem0 import entities, events, exports, memories, ping, profiles, projects, search, summary, webhooks
from schemas.wire.mem0.errors import FAILURES

router = APIRouter(dependencies=[Depends(entered)])
for _part in (ping, search, memories, entities, events, exports, profiles, projects, summary, webhooks):
    router.include_router(_part.router, responses=FAILURES)
