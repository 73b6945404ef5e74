"""Mem0: what its clients write."""

from fastapi import APIRouter, Depends

from core.web.entering import entered
from ingest.routes.mem0 import add, batch, delete, entities, exports, feedback, profiles, projects, update, webhooks
from schemas.wire.mem0.errors import FAILURES

router = APIRouter(dependencies=[Depends(entered)])
for _part in (add, batch, update, delete, entities, exports, feedback, profiles, projects, webhooks):
    router.include_router(_part.router, responses=FAILURES)
