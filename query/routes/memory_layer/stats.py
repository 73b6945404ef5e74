"""Statistics of an account's memories, or of one end user's."""

from typing import Annotated

from fastapi import Query

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.wire.memory_layer.answers import Stats, statistics
from schemas.wire.memory_layer.fields import UserId
from schemas.wire.memory_layer.requests import counted

router = json_router(prefix="/v1/memory", tag="Memory Layer")
User = Annotated[UserId | None, Query(description="Only this end user's memories.")]


@router.get("/stats", summary="Statistics", response_model=Stats)
async def stats(resources: Opened, caller: Caller, external_user_id: User = None) -> Json:
    """Counts, averages and ends of what is stored, and how much of the account's plan is used."""
    tally = await resources.reader.tally(counted(caller.owner, external_user_id))
    return Json(statistics(tally, await resources.limits.usage(caller.owner)))
