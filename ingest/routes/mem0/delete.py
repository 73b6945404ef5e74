"""Deleting one memory, or all that a filter matches."""

from typing import Annotated

from fastapi import Query, Request

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.change import forget, forget_matching, look_up
from schemas.errors import NotFound
from schemas.memory import Memory, MemoryState
from schemas.scope import ENTITY_FIELDS, Scope
from schemas.search import EVERYTHING, Condition, Filter, Selection
from schemas.wire.mem0.answers import Deleted, Done, deleted, done
from schemas.wire.mem0.changes import deletion_of
from schemas.wire.mem0.changes import memory_id as checked_id
from schemas.wire.mem0.conditions import ENTITIES

router = json_router(tag="Mem0")
_PAGE = 1_000
Linked = Annotated[bool, Query(description="Delete the memories that this one corrected as well, and those that they did.")]
_FILTERS = [
    {"name": name, "in": "query", "schema": {"type": "string"}, "description": about}
    for name, about in (
        *((key, f"Memories of this {kind}; `*` for any that has one.") for key, kind in ENTITIES.items()),
        ("filters", "A filter object, as JSON or as a Python literal."),
        ("metadata", "An object of metadata values that must be equal, likewise."),
    )
]


@router.delete("/v1/memories/{memory_id}", summary="Delete a memory", response_model=Deleted)
async def delete(
    memory_id: str,
    resources: Opened,
    caller: Caller,
    delete_linked: Linked = False,
) -> Json:
    """Its history stays readable. Deleting it again is 404."""
    key = checked_id(memory_id)
    memory = (await look_up(resources, caller.owner, [key]))[key]
    linked = await _corrected(resources, memory) if delete_linked else []
    gone = deleted(await forget(resources, [memory, *linked]))
    if key not in gone:
        raise NotFound(f"no memory {key}")
    return Json({"message": "Memory deleted successfully!"} | ({"cascade_count": len(gone) - 1} if delete_linked else {}))


@router.delete("/v1/memories", summary="Delete all memories that match", response_model=Done, openapi_extra={"parameters": _FILTERS})
async def delete_all(request: Request, resources: Opened, caller: Caller) -> Json:
    """At least one entity id is needed; several are ANDed. `*` for all four ids deletes every memory there is."""
    where = deletion_of(request.query_params.multi_items())
    receipts = await forget_matching(resources, Selection(owner=caller.owner, where=where))
    return Json(done("Memories deleted successfully!", receipts))


async def _corrected(resources: Resources, memory: Memory) -> list[Memory]:
    """The memories that this one superseded, and those that they did."""
    by_successor: dict[str | None, list[Memory]] = {}
    for old in await _superseded(resources, memory.scope):
        by_successor.setdefault(old.superseded_by, []).append(old)
    chain, heads = list[Memory](), [memory]
    while heads:
        older = by_successor.pop(heads.pop().id, [])
        chain += older
        heads += older
    return chain


async def _superseded(resources: Resources, scope: Scope) -> list[Memory]:
    selection = Selection(owner=scope.owner, where=_subject(scope), states=(MemoryState.SUPERSEDED,), show_expired=True)
    found: list[Memory] = []
    while True:
        page = await resources.reader.page(selection, offset=len(found), limit=_PAGE)
        found += page.memories
        if len(page.memories) < _PAGE:
            return found


def _subject(scope: Scope) -> Filter:
    """Memories of the same subject, and maybe more."""
    for kind in ENTITY_FIELDS:
        if name := getattr(scope, kind):
            return Condition(field=kind, value=name)
    return Condition(field="tags", op="contains", value=scope.tags[0]) if scope.tags else EVERYTHING
