"""Storing a memory and deleting one."""

from typing import Annotated

from fastapi import Body, Depends

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.accept import accept
from ingest.bounds import check_metadata
from ingest.change import finished, forget, look_up
from ingest.routes.memory_layer.pool import pooled
from schemas.errors import MnemeError, NotFound
from schemas.ids import is_uuid
from schemas.receipt import Action
from schemas.wire.memory_layer.answers import Deleted, One, deleted, one, stored_id
from schemas.wire.memory_layer.errors import Failure, invalid
from schemas.wire.memory_layer.requests import StoreRequest, received

router = json_router(prefix="/v1/memory", tag="Memory Layer")
_EXAMPLES = [
    {
        "content": "User prefers dark mode and uses VS Code",
        "external_user_id": "john_doe@gmail.com",
        "metadata": {"source": "onboarding"},
    }
]


@router.post("", summary="Store a memory", response_model=One, status_code=201, dependencies=[Depends(pooled)])
async def store(body: Annotated[StoreRequest, Body(examples=_EXAMPLES)], resources: Opened, caller: Caller) -> Json:
    """Word for word. What is stored already for this end user, in the same words, is answered with as it is."""
    _check(body, resources)
    [receipt] = finished(await accept(resources, [received(body, caller.owner, resources.clock())], wait=True))
    memory_id = stored_id(receipt)
    if memory_id is None:
        raise MnemeError("nothing was stored")
    return Json(one((await look_up(resources, caller.owner, [memory_id]))[memory_id]), status_code=201)


@router.delete("/{memory_id}", summary="Delete a memory", response_model=Deleted, responses={404: {"model": Failure}})
async def delete(memory_id: str, resources: Opened, caller: Caller) -> Json:
    """For good. Deleting it again is 404."""
    if not is_uuid(memory_id):
        raise NotFound("memory ids are UUIDs")
    key = memory_id.lower()
    receipts = await forget(resources, (await look_up(resources, caller.owner, [key])).values())
    if not any(verdict.action is Action.DELETE for receipt in receipts for verdict in receipt.verdicts):
        raise NotFound("it was deleted in the meantime")
    return Json(deleted(key))


def _check(request: StoreRequest, resources: Resources) -> None:
    most = resources.settings.content_max_chars
    if len(request.content) > most:
        raise invalid(("body", "content"), f"String should have at most {most} characters", "string_too_long")
    check_metadata(request.metadata, resources.settings)
