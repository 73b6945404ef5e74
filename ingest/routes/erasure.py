"""Erasing a user: one call, accepted like everything else, and carried out whatever dies."""

from typing import Annotated

from fastapi import Path, Query

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.accept import accept
from ingest.bounds import check_names
from ingest.change import finished
from schemas.erasure import KIND, Erasure
from schemas.errors import NotInTime
from schemas.event import UserErased
from schemas.scope import Scope
from schemas.wire.erasure import ErasureAnswer, on_its_way, told

router = json_router(prefix="/v1/users", tag="Mneme")
User = Annotated[str, Path(description="The user's id, as memories were added for it; percent-encoded.")]
Now = Annotated[bool, Query(description="Let old files go at once. A read under way in that moment may have to be made again.")]


@router.post("/{user_id:path}/erasure", summary="Erase a user", response_model=ErasureAnswer, responses={202: {"model": ErasureAnswer}})
async def erase(user_id: User, resources: Opened, caller: Caller, now: Now = False) -> Json:
    """Removes the user from memories, history, reports, receipts, dead letters and conversations, and then from every file.

    Answers once nothing of the user can be read any more, or 202 where that takes longer; `GET /v1/erasures/{id}` tells the rest.
    Sent again it erases what has come since.
    """
    check_names({"user_id": user_id})
    event = UserErased(scope=Scope(owner=caller.owner, user=user_id), now=now, occurred_at=resources.clock())
    try:
        finished(await accept(resources, [event], wait=True))
    except NotInTime:
        return Json(on_its_way(event.id, event.occurred_at, None), status_code=202)
    record = await resources.records.get(KIND, caller.owner, event.id)
    return Json(on_its_way(event.id, event.occurred_at, None) if record is None else told(Erasure.model_validate_json(record.body)))
