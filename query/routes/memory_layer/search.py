"""Searching one end user's memories, by POST and by GET."""

from typing import Annotated

from fastapi import Body, Depends, Query

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.routes.memory_layer.pool import pooled
from query.recall import metered_recall
from schemas.wire.memory_layer.answers import Found, found
from schemas.wire.memory_layer.requests import SearchRequest, query_of

router = json_router(prefix="/v1/memory", tag="Memory Layer")
_EXAMPLES = [{"query": "What editor does the user prefer?", "external_user_id": "john_doe@gmail.com", "limit": 5}]


@router.post("/search", summary="Search memories", response_model=Found, dependencies=[Depends(pooled)])
async def search(body: Annotated[SearchRequest, Body(examples=_EXAMPLES)], resources: Opened, caller: Caller) -> Json:
    """Those at least as similar as the threshold, best combined score first."""
    return await _search(body, resources, caller.owner)


@router.get("/search", summary="Search memories by GET", response_model=Found, dependencies=[Depends(pooled)])
async def search_by_get(asked: Annotated[SearchRequest, Query()], resources: Opened, caller: Caller) -> Json:
    """The same, for what can only GET."""
    return await _search(asked, resources, caller.owner)


async def _search(request: SearchRequest, resources: Resources, owner: str) -> Json:
    return Json(found(await metered_recall(query_of(request, owner), resources)))
