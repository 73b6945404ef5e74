"""Changing one memory."""

from typing import Annotated

from fastapi import Body

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.change import edit, look_up
from schemas.wire.mem0.changes import edit_of
from schemas.wire.mem0.memory import MemoryObject, memory_object
from schemas.wire.mem0.requests import UpdateRequest

router = json_router(tag="Mem0")
_EXAMPLES = [{"text": "The user moved to Berlin in June.", "metadata": {"verified": True}}]


@router.put("/v1/memories/{memory_id}", summary="Update a memory", response_model=MemoryObject)
async def update(memory_id: str, body: Annotated[UpdateRequest, Body(examples=_EXAMPLES)], resources: Opened, caller: Caller) -> Json:
    """Changes what is given, keeps the rest, and answers with the memory as it is now. `expiration_date: null` clears it."""
    change = edit_of(memory_id, body)
    await edit(resources, caller.owner, [change])
    memories = await look_up(resources, caller.owner, [change.memory_id])
    return Json(memory_object(memories[change.memory_id]))
