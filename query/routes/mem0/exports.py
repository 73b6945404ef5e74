"""Exports in a schema: what was made of them."""

from typing import Annotated, Any

from fastapi import Body

from core.auth import Caller
from core.shapes import finished
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.wire.mem0.exports import ExportedRequest, export_id, where_of

router = json_router(tag="Mem0")
_EXAMPLES = [{"memory_export_id": "0190b3c4-5d6e-7f70-8123-456789abcd07"}, {"filters": {"user_id": "alice"}}]


@router.post("/v1/exports/get", summary="Get an export", response_model=dict[str, Any])
async def get_export(body: Annotated[ExportedRequest, Body(examples=_EXAMPLES)], resources: Opened, caller: Caller) -> Json:
    """The object in the shape that was asked for; 404 while it is not ready. By its id, or the newest with the same filters."""
    known = export_id(body)
    shapes = resources.shapes
    shape = await (shapes.latest(caller.owner, where_of(body)) if known is None else shapes.find(caller.owner, known))
    return Json(finished(shape))
