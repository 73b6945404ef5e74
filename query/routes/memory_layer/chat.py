"""Chat over one end user's memories: whole, in pieces, and in the older shape."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

import structlog
from fastapi import Body, Depends

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.errors import as_ours
from core.web.events import HEARTBEAT, EventStream, beating, event
from core.web.opened import Opened
from ingest.bounds import check_names
from ingest.routes.memory_layer.pool import pooled
from query.chat import Asked, Replied, chat, stream_chat
from schemas.wire.memory_layer.chat import (
    ChatAnswer,
    ChatRequest,
    LegacyAnswer,
    LegacyRequest,
    chat_answer,
    chat_failure,
    known_to,
    known_to_legacy,
    legacy_answer,
    scope_of,
)

ANSWERED_BY = "X-Answered-By"
"""The model's name, or `built-in`."""

router = json_router(prefix="/v1/chat", tag="Memory Layer")
_EXAMPLES = [{"message": "What am I building?", "external_user_id": "john_doe@gmail.com", "top_k": 5}]
_LEGACY_EXAMPLES = [{"message": "What am I building?", "external_user_id": "john_doe@gmail.com"}]
_STREAMED: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}

_log = structlog.get_logger(__name__)


@router.post("", summary="Chat", response_model=ChatAnswer, responses=_STREAMED, dependencies=[Depends(pooled)])
async def converse(body: Annotated[ChatRequest, Body(examples=_EXAMPLES)], resources: Opened, caller: Caller) -> Json | EventStream:
    """Answers from what is remembered of the end user, and remembers the message. `stream: true` sends the reply as it comes."""
    check_names({"external_user_id": body.external_user_id})
    asked = Asked(
        scope=scope_of(body, caller.owner),
        selection=known_to(body, caller.owner),
        message=body.message,
        top_k=body.top_k,
        conversation_id=body.conversation_id,
    )
    if body.stream:
        return await _streamed(asked, resources)
    replied = await chat(asked, resources)
    return Json(_whole(replied), headers=_by(resources))


@router.post("/legacy", summary="Chat (older shape)", response_model=LegacyAnswer)
async def converse_legacy(body: Annotated[LegacyRequest, Body(examples=_LEGACY_EXAMPLES)], resources: Opened, caller: Caller) -> Json:
    """The same, for older clients; without an end user, over the memories that have none."""
    check_names({"external_user_id": body.external_user_id})
    scope, known = scope_of(body, caller.owner), known_to_legacy(body, caller.owner)
    replied = await chat(Asked(scope=scope, selection=known, message=body.message, top_k=body.top_k), resources)
    return Json(legacy_answer(replied.text, replied.used), headers=_by(resources))


async def _streamed(asked: Asked, resources: Resources) -> EventStream:
    """What fails before the first word, or the first heartbeat, still has a status of its own."""
    chunks = _chunks(beating(stream_chat(asked, resources), resources.settings.stream_heartbeat_s))
    return EventStream(await anext(chunks), chunks, headers=_by(resources))


async def _chunks(parts: AsyncGenerator[str | Replied | None, None]) -> AsyncGenerator[bytes, None]:
    begun = False
    try:
        async with aclosing(parts):
            async for part in parts:
                yield _event(part)
                begun = True
    except Exception as error:
        if not begun:
            raise
        _log.warning("chat.broken_off", error=type(error).__name__)
        yield event("error", chat_failure(as_ours(error)))


def _event(part: str | Replied | None) -> bytes:
    match part:
        case None:
            return HEARTBEAT
        case Replied():
            return event("done", _whole(part))
    return event("delta", {"delta": part})


def _whole(replied: Replied) -> dict[str, Any]:
    return chat_answer(replied.text, replied.used, created=replied.remembered)


def _by(resources: Resources) -> dict[str, str]:
    return {ANSWERED_BY: resources.chat.name if resources.chat else "built-in"}
