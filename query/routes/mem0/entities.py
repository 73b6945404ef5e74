"""Listing users, agents, apps and runs."""

from fastapi import Request

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from query.routes.mem0.memories import Page, PageSize
from schemas.wire.mem0.entity import entity_object, totals
from schemas.wire.mem0.page import EntityPage, Paging

router = json_router(tag="Mem0")
SIZE = 1_000
"""Large, because clients that reset delete what the first page shows and no more."""


@router.get("/v1/entities", summary="List entities", response_model=EntityPage)
async def list_entities(request: Request, resources: Opened, caller: Caller, page: Page = None, page_size: PageSize = None) -> Json:
    """Everyone and everything that has memories; 1,000 a page where nothing else is asked for."""
    paging = Paging.of(page, page_size, default=SIZE, most=SIZE)
    entities = await resources.reader.entities(caller.owner)
    rows = [entity_object(entity, caller.owner) for entity in entities[paging.offset : paging.offset + paging.size]]
    return Json(paging.envelope(rows, len(entities), str(request.url)) | totals(entities))
