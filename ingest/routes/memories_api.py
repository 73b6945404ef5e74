"""The Memories API: what its clients write."""

from typing import Annotated

from fastapi import Body, Header

from core.auth import Caller
from core.web.answer import Json, Responses
from core.web.body import json_router
from core.web.opened import Opened
from ingest.accept import accept
from ingest.bounds import check_messages, check_names
from ingest.change import edit, finished, forget, look_up
from schemas.errors import NotFound
from schemas.ids import is_uuid
from schemas.plan import Metered
from schemas.receipt import Action
from schemas.wire.memories_api.answers import Created, Done, Failure, One, created, row
from schemas.wire.memories_api.errors import ROOT
from schemas.wire.memories_api.requests import AddRequest, EditRequest, edit_of, received

router = json_router(prefix=ROOT, tag="Memories API")

_EXAMPLES = [
    {
        "messages": [{"role": "user", "content": "I love TypeScript."}, {"role": "assistant", "content": "Good to know!"}],
        "user_id": "user_123",
        "metadata": {"source": "chat"},
    }
]
_ADDED: Responses = {200: {"model": Created}, 400: {"model": Failure}, 401: {"model": Failure}, 429: {"model": Failure}}
_ONE: Responses = {200: {"model": One}, 400: {"model": Failure}, 404: {"model": Failure}}
_DONE: Responses = {200: {"model": Done}, 404: {"model": Failure}}
IdempotencyKey = Annotated[str | None, Header(max_length=512, description="Sent again with the same key, an add is the same add.")]


@router.post("", summary="Remember a conversation", responses=_ADDED, response_class=Json)
async def add(
    body: Annotated[AddRequest, Body(examples=_EXAMPLES)],
    resources: Opened,
    caller: Caller,
    idempotency_key: IdempotencyKey = None,
) -> Json:
    """Answers once the memories are stored, with their ids; none where there was nothing to remember."""
    check_names({"user_id": body.user_id})
    event = received(body, caller.owner, resources.clock(), idempotency_key=idempotency_key)
    check_messages(event.messages, event.metadata, resources.settings)
    await resources.limits.spend(caller.owner, Metered.SEARCHES)  # this dialect counts calls
    [receipt] = finished(await accept(resources, [event], wait=True))
    return Json(created(receipt, caller.owner, body.user_id))


@router.patch("/{memory_id}", summary="Change a memory", responses=_ONE, response_class=Json)
async def change(memory_id: str, body: EditRequest, resources: Opened, caller: Caller) -> Json:
    """Changes what is given, and answers with the memory as it is now."""
    key = _known(memory_id)
    await edit(resources, caller.owner, [edit_of(key, body)])
    return Json({"success": True, "memory": row((await look_up(resources, caller.owner, [key]))[key])})


@router.delete("/{memory_id}", summary="Delete a memory", responses=_DONE, response_class=Json)
async def delete(memory_id: str, resources: Opened, caller: Caller) -> Json:
    """Deleting it again is 404."""
    memories = await look_up(resources, caller.owner, [_known(memory_id)])
    receipts = await forget(resources, memories.values())
    if not any(verdict.action is Action.DELETE for receipt in receipts for verdict in receipt.verdicts):
        raise NotFound("it was deleted in the meantime")
    return Json({"success": True})


def _known(memory_id: str) -> str:
    if not is_uuid(memory_id):
        raise NotFound("memory ids are UUIDs")
    return memory_id.lower()
