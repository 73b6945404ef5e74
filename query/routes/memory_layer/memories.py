"""Reading one memory, and lists of them."""

from typing import Annotated

from fastapi import Query

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.errors import NotFound
from schemas.ids import is_uuid
from schemas.wire.memory_layer.answers import Listed, One, listed, one
from schemas.wire.memory_layer.errors import Failure
from schemas.wire.memory_layer.requests import ListRequest, selection_of

router = json_router(prefix="/v1/memory", tag="Memory Layer")


@router.get("", summary="List memories", response_model=Listed)
async def list_memories(asked: Annotated[ListRequest, Query()], resources: Opened, caller: Caller) -> Json:
    """All of the account's, newest first, in pages."""
    page = await resources.reader.page(selection_of(asked, caller.owner), offset=asked.offset, limit=asked.limit)
    return Json(listed(page, asked.limit, asked.offset))


@router.get("/{memory_id}", summary="Get a memory", response_model=One, responses={404: {"model": Failure}})
async def get(memory_id: str, resources: Opened, caller: Caller) -> Json:
    """In whatever state. It counts as an access."""
    for memory in await resources.reader.get(caller.owner, [memory_id.lower()]) if is_uuid(memory_id) else ():
        resources.accesses.note([memory])
        return Json(one(memory))
    raise NotFound("there is no such memory")
