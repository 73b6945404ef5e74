"""Exports in a schema: ordered here, made in the background."""

from typing import Annotated

from fastapi import Body

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.errors import TooManyRequests
from schemas.maintenance import Job, Order
from schemas.wire.mem0.exports import ExportCreated, ExportRequest, created, shape_of

router = json_router(tag="Mem0")
_UNFINISHED_MAX = 10
"""Most exports of an owner that wait or work at once."""
_EXAMPLES = [
    {
        "schema": {"type": "object", "properties": {"diet": {"type": "string", "description": "What they eat"}}},
        "filters": {"user_id": "alice"},
    }
]


@router.post("/v1/exports", summary="Export memories in a schema", response_model=ExportCreated, status_code=201)
async def create_export(body: Annotated[ExportRequest, Body(examples=_EXAMPLES)], resources: Opened, caller: Caller) -> Json:
    """Answers at once with an id to ask for it by. By the language model, where one is configured, else by the statements that fit."""
    shape = shape_of(body, caller.owner, resources.clock())
    waiting = [run for run in await resources.jobs.unfinished() if (run.order.owner, run.order.job) == (caller.owner, Job.EXPORT)]
    if len(waiting) >= _UNFINISHED_MAX:
        raise TooManyRequests("too many exports are being made already", retry_after_s=5)
    await resources.shapes.add(shape)
    await resources.jobs.start(Order(job=Job.EXPORT, owner=caller.owner, export=shape.id))
    return Json(created(shape), status_code=201)
