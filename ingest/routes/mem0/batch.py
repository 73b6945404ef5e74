"""Changing and deleting many memories at once: all of them are known and allowed, or nothing is done."""

from typing import Annotated

from fastapi import Body

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.change import edit, forget, look_up
from schemas.wire.mem0.answers import Done, done
from schemas.wire.mem0.changes import edit_of, known
from schemas.wire.mem0.requests import BatchDeleteRequest, BatchUpdateRequest

router = json_router(tag="Mem0")
_ID = "0190b3c4-5d6e-8f70-8123-456789abcd07"
_UPDATES = [{"memories": [{"memory_id": _ID, "text": "The user likes green tea."}]}]
_DELETIONS = [{"memories": [{"memory_id": _ID}]}]


@router.put("/v1/batch", summary="Update memories", response_model=Done)
async def update_batch(body: Annotated[BatchUpdateRequest, Body(examples=_UPDATES)], resources: Opened, caller: Caller) -> Json:
    """Up to 1,000 changes, in order."""
    edits = [edit_of(one.memory_id, one) for one in body.memories]
    receipts = await edit(resources, caller.owner, edits)
    return Json(done(f"Successfully updated {len({one.memory_id for one in edits})} memories", receipts))


@router.delete("/v1/batch", summary="Delete memories", response_model=Done)
async def delete_batch(body: Annotated[BatchDeleteRequest, Body(examples=_DELETIONS)], resources: Opened, caller: Caller) -> Json:
    """Up to 1,000 memories, by id."""
    memories = await look_up(resources, caller.owner, known(one.memory_id for one in body.memories))
    receipts = await forget(resources, memories.values())
    return Json(done(f"Successfully deleted {len(memories)} memories", receipts))
