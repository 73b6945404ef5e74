"""Lifecycle events over HTTP: as they come, by server-sent events, or page by page."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request

from core.auth import Caller
from core.keyring import Keyring, secret_in
from core.lifecycle import BEGINNING, Following, newest, page
from core.web.answer import Json, Responses
from core.web.events import HEARTBEAT, EventStream, beating, event
from core.web.opened import Opened
from schemas.errors import Gone, MnemeError
from schemas.wire.lifecycle import LifecyclePage, LifecycleQuery, lifecycle_page

router = APIRouter(tags=["Lifecycle"])

_SSE = "text/event-stream"
_RESPONSES: Responses = {
    200: {"content": {_SSE: {"schema": {"type": "string"}}}},
    410: {"description": "What came after the event named is no longer kept."},
}


@router.get("/v1/lifecycle", summary="Lifecycle events", response_model=LifecyclePage, responses=_RESPONSES)
async def lifecycle(
    request: Request,
    resources: Opened,
    caller: Caller,
    asked: Annotated[LifecycleQuery, Query()],
    last_event_id: Annotated[str | None, Header(description="As `after`; clients send it when they come back to a stream.")] = None,
) -> Json | EventStream:
    """What became of memories and of accepted events. With `Accept: text/event-stream` they come as they happen, from now on or from
    after the one named; without it, a page of those that are kept."""
    redis, owner = resources.redis, caller.owner
    after = last_event_id or asked.after
    if _SSE in request.headers.get("accept", ""):
        if after is not None:
            await page(redis, owner, after, 1)  # refused by its status, while there still is one
        chunks = _chunks(request, owner, after or await newest(redis, owner), asked, resources.settings.stream_heartbeat_s)
        return EventStream(await anext(chunks), chunks)
    rows = await page(redis, owner, after or BEGINNING, asked.limit)
    return Json(lifecycle_page([row.event for row in rows if asked.takes(row.event)], rows[-1].place if rows else after))


async def _chunks(request: Request, owner: str, after: str, asked: LifecycleQuery, heartbeat_s: float) -> AsyncGenerator[bytes, None]:
    """A comment once it stands, then the events, and a comment whenever there are none. It ends when its key is revoked."""
    following: Following = request.app.state.following
    keyring: Keyring = request.app.state.keyring
    begun = False
    try:
        async with aclosing(beating(following.follow(owner, after), heartbeat_s)) as rows:
            async for row in rows:
                if await keyring.find(secret_in(request.headers) or "") is None:
                    return
                if row is None:
                    yield HEARTBEAT
                elif asked.takes(row.event):
                    yield event(row.event.kind, row.event.model_dump(), row.place)
                begun = True
    except MnemeError as error:
        if not begun:
            raise
        yield event("gone" if isinstance(error, Gone) else "error", {"error": error.message})
