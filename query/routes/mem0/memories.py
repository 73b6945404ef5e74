"""Reading one memory, its history, and lists of memories by v1, v2 and v3."""

from typing import Annotated, Any

from fastapi import Body, Query, Request

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.errors import NotFound
from schemas.search import Selection
from schemas.wire.mem0.changes import memory_id as checked_id
from schemas.wire.mem0.history import HistoryLine, history_line
from schemas.wire.mem0.memory import MemoryObject, memory_object
from schemas.wire.mem0.page import MemoryPage, Paging
from schemas.wire.mem0.questions import V1, V2, V3, selection_of
from schemas.wire.mem0.requests import ListRequest

router = json_router(tag="Mem0")
UNPAGED_MAX = 1_000
"""Most memories in a list that was asked for without pages."""
_EXAMPLES = [{"filters": {"AND": [{"user_id": "alice"}, {"created_at": {"gte": "2026-01-01"}}]}}]
ListBody = Annotated[ListRequest, Body(examples=_EXAMPLES)]
Page = Annotated[int | None, Query(description="From 1.")]
PageSize = Annotated[int | None, Query(description="100 where absent, at most 200.")]
_PAGE_OR_LIST = list[MemoryObject] | MemoryPage


@router.get("/v1/memories/{memory_id}", summary="Get a memory", response_model=MemoryObject)
async def get(memory_id: str, resources: Opened, caller: Caller) -> Json:
    """Expired and superseded ones too."""
    key = checked_id(memory_id)
    for memory in await resources.reader.get(caller.owner, [key]):
        return Json(memory_object(memory))
    raise NotFound(f"no memory {key}")


@router.get("/v1/memories/{memory_id}/history", summary="History of a memory", response_model=list[HistoryLine])
async def history(memory_id: str, resources: Opened, caller: Caller) -> Json:
    """Oldest first; also of a memory that was deleted."""
    key = checked_id(memory_id)
    changes = await resources.reader.history(caller.owner, key)
    if not changes:
        raise NotFound(f"no memory {key}")
    return Json([history_line(change) for change in changes])


@router.post("/v3/memories", summary="List memories", response_model=MemoryPage)
async def list_v3(
    body: ListBody, request: Request, resources: Opened, caller: Caller, page: Page = None, page_size: PageSize = None
) -> Json:
    """Newest first, in pages. `filters` must name at least one entity."""
    paging = Paging.of(*_paging(body, page, page_size))
    return await _page(selection_of(body, caller.owner, V3), paging, request, resources)


@router.post("/v2/memories", summary="List memories (v2)", response_model=_PAGE_OR_LIST)
async def list_v2(
    body: ListBody, request: Request, resources: Opened, caller: Caller, page: Page = None, page_size: PageSize = None
) -> Json:
    """Newest first: a page where one is asked for, else a list of up to 1,000."""
    selection, asked = selection_of(body, caller.owner, V2), _paging(body, page, page_size)
    if asked != (None, None):
        return await _page(selection, Paging.of(*asked), request, resources)
    return Json(await _first(selection, body.limit or body.top_k, resources))


@router.get("/v1/memories", summary="List memories (v1)", response_model=_PAGE_OR_LIST)
async def list_v1(asked: Annotated[ListRequest, Query()], request: Request, resources: Opened, caller: Caller) -> Json:
    """Newest first: a page where page and page_size are given, else a list of up to 1,000."""
    selection = selection_of(asked, caller.owner, V1)
    if asked.page is not None and asked.page_size is not None:
        return await _page(selection, Paging.of(asked.page, asked.page_size), request, resources)
    return Json(await _first(selection, asked.limit or asked.top_k, resources))


def _paging(body: ListRequest, page: int | None, page_size: int | None) -> tuple[int | None, int | None]:
    """Page and size as asked in the query, else in the body."""
    return body.page if page is None else page, body.page_size if page_size is None else page_size


async def _page(selection: Selection, paging: Paging, request: Request, resources: Resources) -> Json:
    found = await resources.reader.page(selection, offset=paging.offset, limit=paging.size)
    return Json(paging.envelope([memory_object(memory) for memory in found.memories], found.total, str(request.url)))


async def _first(selection: Selection, limit: int | None, resources: Resources) -> list[dict[str, Any]]:
    found = await resources.reader.page(selection, limit=min(limit or UNPAGED_MAX, UNPAGED_MAX))
    return [memory_object(memory) for memory in found.memories]
