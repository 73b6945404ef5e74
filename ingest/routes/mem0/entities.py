"""Deleting a user, agent, app or run with all its memories."""

from urllib.parse import unquote_to_bytes

from fastapi import Request

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.change import forget_matching
from schemas.errors import BadInput, NotFound
from schemas.search import Selection
from schemas.wire.mem0.answers import Done, done
from schemas.wire.mem0.changes import entity_of
from schemas.wire.mem0.entity import number

router = json_router(tag="Mem0")


@router.delete("/v2/entities/{entity_type}/{entity_id:path}", summary="Delete an entity", response_model=Done)
async def delete_entity(entity_type: str, entity_id: str, request: Request, resources: Opened, caller: Caller) -> Json:
    """All memories of one user, agent, app or run. An entity without any is no error."""
    return await _delete(entity_type, name_in_path(request, entity_type) or entity_id, resources, caller.owner)


@router.delete("/v1/entities/{entity_type}/{entity_id}", summary="Delete an entity by number", response_model=Done, deprecated=True)
async def delete_entity_by_number(entity_type: str, entity_id: str, resources: Opened, caller: Caller) -> Json:
    """By the `id` that the list of entities shows."""
    for entity in await resources.reader.entities(caller.owner):
        if entity.kind == entity_type and number(entity) == entity_id:
            return await _delete(entity.kind, entity.name, resources, caller.owner)
    raise NotFound(f"no {entity_type} with the number {entity_id}")


async def _delete(kind: str, name: str, resources: Resources, owner: str) -> Json:
    receipts = await forget_matching(resources, Selection(owner=owner, where=entity_of(kind, name)))
    return Json(done("Entity deleted successfully!", receipts))


def name_in_path(request: Request, entity_type: str) -> str:
    """The name as it was sent: newer clients write its slashes as %2F, older ones as they are, and all end the path with one more."""
    raw = bytes(request.scope.get("raw_path") or b"").partition(b"?")[0]
    after = raw.partition(f"/entities/{entity_type}/".encode())[2].removesuffix(b"/")
    try:
        return unquote_to_bytes(after).decode()
    except UnicodeDecodeError:
        raise BadInput("entity_id must be UTF-8", fields={"entity_id": ["must be UTF-8"]}) from None
