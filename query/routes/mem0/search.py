"""Searching, by v1, v2 and v3."""

from typing import Annotated, Any

from fastapi import Body

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from query.recall import metered_recall
from schemas.wire.mem0.answers import WRAPPED, Found, FoundV1
from schemas.wire.mem0.memory import FoundMemory, found_memory
from schemas.wire.mem0.questions import V1, V2, V3, Version, query_of
from schemas.wire.mem0.requests import SearchRequest

router = json_router(tag="Mem0")
_EXAMPLES = [{"query": "Where does she live?", "filters": {"user_id": "alice"}, "top_k": 5}]
_FOUND_V1 = list[FoundMemory] | FoundV1
SearchBody = Annotated[SearchRequest, Body(examples=_EXAMPLES)]


@router.post("/v3/memories/search", summary="Search memories", response_model=Found)
async def search_v3(body: SearchBody, resources: Opened, caller: Caller) -> Json:
    """Best first. `filters` must name at least one entity."""
    return Json({"results": await _search(body, resources, caller.owner, V3)})


@router.post("/v2/memories/search", summary="Search memories (v2)", response_model=list[FoundMemory])
async def search_v2(body: SearchBody, resources: Opened, caller: Caller) -> Json:
    """Best first. Entity ids may stand in `filters` or beside them."""
    return Json(await _search(body, resources, caller.owner, V2))


@router.post("/v1/memories/search", summary="Search memories (v1)", response_model=_FOUND_V1)
async def search_v1(body: SearchBody, resources: Opened, caller: Caller) -> Json:
    """Best first; a list, or with `output_format` v1.1 an object."""
    found = await _search(body, resources, caller.owner, V1)
    return Json({"results": found, "relations": []} if body.output_format == WRAPPED else found)


async def _search(request: SearchRequest, resources: Resources, owner: str, version: Version) -> list[dict[str, Any]]:
    hits = await metered_recall(query_of(request, owner, version), resources)
    return [found_memory(hit, request.fields) for hit in hits]
