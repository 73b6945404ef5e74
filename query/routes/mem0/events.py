"""What became of adds, updates and deletions."""

from typing import Annotated

from fastapi import Query, Request

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from query.routes.mem0.memories import Page, PageSize
from schemas.errors import NotFound
from schemas.receipt import ReceiptStatus
from schemas.wire.mem0.event import EventObject, event_object
from schemas.wire.mem0.page import EventPage, Paging

router = json_router(tag="Mem0")
Status = Annotated[ReceiptStatus | None, Query(description="Only events in this state.")]


@router.get("/v1/event/{event_id}", summary="Get an event", response_model=EventObject)
async def get_event(event_id: str, resources: Opened, caller: Caller) -> Json:
    """Its state, the memories it made, changed or deleted, and the verdict about each candidate fact, with its reason."""
    receipt = await resources.receipts.get(caller.owner, event_id)
    if receipt is None:
        raise NotFound(f"no event {event_id[:100]}")
    return Json(event_object(receipt))


@router.get("/v1/events", summary="List events", response_model=EventPage)
async def list_events(
    request: Request, resources: Opened, caller: Caller, page: Page = None, page_size: PageSize = None, status: Status = None
) -> Json:
    """Newest first, in pages."""
    paging = Paging.of(page, page_size)
    receipts, total = await resources.receipts.page(caller.owner, paging.offset, paging.size, [status] if status else None)
    return Json(paging.envelope([event_object(receipt) for receipt in receipts], total, str(request.url)))
