"""Export: everything of an account as NDJSON, written while it is read."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from core.auth import Caller
from core.export import export_lines
from core.mailbox.place import place
from core.models.space import space_of
from core.resources import Resources
from core.store.exporting import Extent
from core.web.answer import Responses
from core.web.lines import LineStream
from core.web.opened import Opened
from schemas.errors import BadInput, TooManyRequests, Unavailable
from schemas.ids import new_id
from schemas.memory import MemoryState

router = APIRouter(tags=["Export"])
_LINES: Responses = {
    200: {"content": {"application/x-ndjson": {"schema": {"type": "string"}}}, "description": "A JSON object a line; the last says `end`."}
}
_RETRY_S = 10
Name = Annotated[str | None, Query(description="Only memories that carry this id.")]
History = Annotated[bool, Query(description="With the changes that made each memory, and of those that are gone.")]
States = Annotated[Literal["all", "active"], Query(description="`all`: archived and superseded ones too.")]
Vectors = Annotated[bool, Query(description="With the vectors, so that the same embedding model need not make them again.")]


@router.get("/v1/export", summary="Export memories", response_class=LineStream, status_code=200, responses=_LINES)
async def export(
    request: Request,
    resources: Opened,
    caller: Caller,
    user_id: Name = None,
    agent_id: Name = None,
    app_id: Name = None,
    run_id: Name = None,
    history: History = True,
    states: States = "all",
    vectors: Vectors = False,
) -> Response:
    """Everything this key opens, in the open format that `mneme import` and `POST /v1/bulk` take back. One that ends without an
    `end` line is not whole. An account has one export at a time.
    """
    names = {"user": user_id, "agent": agent_id, "app": app_id, "run": run_id}
    if empty := [f"{kind}_id" for kind, name in names.items() if name is not None and not name.strip()]:
        raise BadInput(f"{empty[0]} must not be blank", fields={empty[0]: ["must not be blank"]})
    extent = Extent(
        owner=caller.owner,
        names={kind: name for kind, name in names.items() if name is not None},
        states=(MemoryState.ACTIVE,) if states == "active" else tuple(MemoryState),
        history=history,
        vectors=vectors,
    )
    return LineStream(_opened(request, resources, extent), "mneme.ndjson")


@asynccontextmanager
async def _opened(request: Request, resources: Resources, extent: Extent) -> AsyncIterator[AsyncGenerator[bytes, None]]:
    """Raises TooManyRequests while the owner has another under way, Unavailable while the process has too many."""
    slots: asyncio.Semaphore = request.app.state.exports
    if slots.locked():
        raise Unavailable("too many exports at once", retry_after_s=_RETRY_S)
    async with slots, place(resources.redis, f"export:{extent.owner}", new_id(), resources.settings.lease_s) as ours:
        if not ours:
            raise TooManyRequests("another export of this account is under way", retry_after_s=_RETRY_S)
        async with aclosing(_pieces(resources, extent)) as pieces:
            yield pieces


async def _pieces(resources: Resources, extent: Extent) -> AsyncGenerator[bytes, None]:
    lines = export_lines(resources.store, extent, space_of(resources.settings), resources.clock())
    async with aclosing(lines):
        async for piece, _ in lines:
            yield piece
