"""The Memories API: what its clients read."""

from typing import Annotated

from fastapi import Query

from core.auth import Caller
from core.web.answer import Json, Responses
from core.web.body import json_router
from core.web.opened import Opened
from schemas.errors import NotFound
from schemas.ids import is_uuid
from schemas.plan import Metered
from schemas.wire.memories_api.answers import Failure, Listed, One, listed, row
from schemas.wire.memories_api.cursor import read_cursor
from schemas.wire.memories_api.errors import ROOT
from schemas.wire.memories_api.requests import ListRequest, selection_of

router = json_router(prefix=ROOT, tag="Memories API")

_LISTED: Responses = {200: {"model": Listed}, 400: {"model": Failure}, 401: {"model": Failure}}
_ONE: Responses = {200: {"model": One}, 404: {"model": Failure}}


@router.get("", summary="List memories", responses=_LISTED, response_class=Json)
async def list_memories(asked: Annotated[ListRequest, Query()], resources: Opened, caller: Caller) -> Json:
    """By time of creation, a page at a time; pages stay whole while memories come and go."""
    await resources.limits.spend(caller.owner, Metered.SEARCHES)  # this dialect counts calls
    found = await resources.reader.page(
        selection_of(asked, caller.owner),
        newest_first=asked.order == "desc",
        limit=asked.limit + 1,
        after=read_cursor(asked.cursor) if asked.cursor else None,
    )
    return Json(listed(found.memories, asked.limit))


@router.get("/{memory_id}", summary="Get a memory", responses=_ONE, response_class=Json)
async def get(memory_id: str, resources: Opened, caller: Caller) -> Json:
    """One memory, of any age and state."""
    for memory in await resources.reader.get(caller.owner, [memory_id.lower()]) if is_uuid(memory_id) else ():
        return Json({"success": True, "memory": row(memory)})
    raise NotFound("there is no such memory")
