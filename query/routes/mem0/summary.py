"""A summary of the memories that match."""

from typing import Annotated

from fastapi import Body

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from query.summary import summarize
from schemas.wire.mem0.questions import V2, selection_of
from schemas.wire.mem0.requests import ListRequest
from schemas.wire.mem0.summary import SummaryObject

router = json_router(tag="Mem0")
_EXAMPLES = [{"filters": {"user_id": "alice"}}]


@router.post("/v1/summary", summary="Sum memories up", response_model=SummaryObject)
async def get_summary(body: Annotated[ListRequest, Body(examples=_EXAMPLES)], resources: Opened, caller: Caller) -> Json:
    """By the chat model or, without one, the statements that together say the most. `filters` must name at least one entity."""
    made = await summarize(selection_of(body, caller.owner, V2), resources)
    ids = [memory.id for memory in made.used]
    return Json({"summary": made.text, "count": made.total, "memory_ids": ids, "model": made.model})
