"""Adding memories, by v1 and v3."""

from typing import Annotated

from fastapi import Body, Header

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.accept import accept
from ingest.bounds import check_received
from ingest.change import finished
from schemas.receipt import Receipt
from schemas.wire.mem0.answers import Accepted, Added, accepted, added_v1
from schemas.wire.mem0.event import Result
from schemas.wire.mem0.received import received
from schemas.wire.mem0.requests import AddRequest

router = json_router(tag="Mem0")
_EXAMPLES = [
    {
        "messages": [{"role": "user", "content": "I moved to Berlin last month."}, {"role": "assistant", "content": "How is it?"}],
        "user_id": "alice",
        "metadata": {"source": "onboarding"},
    }
]
AddBody = Annotated[AddRequest, Body(examples=_EXAMPLES)]
_ADDED = list[Result] | list[Accepted] | Added
IdempotencyKey = Annotated[str | None, Header(max_length=512, description="Sent again with the same key, an add is the same add.")]


@router.post("/v3/memories/add", summary="Add memories", response_model=Accepted)
async def add_v3(body: AddBody, resources: Opened, caller: Caller, idempotency_key: IdempotencyKey = None) -> Json:
    """Answers as soon as the messages are safe, with an event to ask about; with `infer: false` once they are stored."""
    return Json(accepted(await _add(body, resources, caller.owner, idempotency_key, wait=body.infer is False)))


@router.post("/v1/memories", summary="Add memories (v1)", response_model=_ADDED)
async def add_v1(body: AddBody, resources: Opened, caller: Caller, idempotency_key: IdempotencyKey = None) -> Json:
    """Answers with what was remembered; with `async_mode: true` at once, with an event to ask about."""
    receipt = await _add(body, resources, caller.owner, idempotency_key, wait=not body.async_mode)
    return Json(added_v1(receipt, body.output_format, awaited=not body.async_mode))


async def _add(request: AddRequest, resources: Resources, owner: str, idempotency_key: str | None, *, wait: bool) -> Receipt:
    event = received(request, owner, resources.clock(), idempotency_key=idempotency_key)
    check_received(event, resources.settings)
    receipts = await accept(resources, [event], wait=wait)
    return (finished(receipts) if wait else receipts)[0]
