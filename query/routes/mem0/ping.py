"""The ping that every client sends before anything else."""

from typing import Any

from core.auth import Caller
from core.web.body import json_router
from schemas.project import organisation, place_of
from schemas.wire.mem0.answers import Pong

router = json_router(tag="Mem0")


@router.get("/v1/ping", summary="Check the key", response_model=Pong)
async def ping(caller: Caller) -> Any:
    """Whose the key is: the organisation, and the project that was named or is the key's."""
    account, project = place_of(caller.owner)
    return {"org_id": organisation(account), "project_id": project}
