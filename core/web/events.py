"""Server-sent events: a stream that shows it is alive and ends when its reader leaves."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any, TypeVar

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

HEARTBEAT = b": heartbeat\n\n"
_UNBUFFERED = {"cache-control": "no-cache", "x-accel-buffering": "no"}
_END: Any = object()

Piece = TypeVar("Piece")


def event(name: str, data: Any, place: str | None = None) -> bytes:
    """One event; `data` is written as JSON. `place` is what a client that comes back says as Last-Event-ID."""
    at = b"" if place is None else b"id: " + place.encode() + b"\n"
    return at + b"event: " + name.encode() + b"\ndata: " + orjson.dumps(data) + b"\n\n"


async def beating(pieces: AsyncGenerator[Piece, None], every_s: float) -> AsyncGenerator[Piece | None, None]:
    """The pieces, and None whenever nothing came for `every_s` seconds. Closes `pieces`, also when left early."""
    coming = asyncio.ensure_future(anext(pieces, _END))
    try:
        while True:
            done, _ = await asyncio.wait({coming}, timeout=every_s)
            if not done:
                yield None
            elif (piece := coming.result()) is _END:
                return
            else:
                yield piece
                coming = asyncio.ensure_future(anext(pieces, _END))
    finally:
        coming.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await coming
        await pieces.aclose()


class EventStream(Response):
    """Sends `first` and what `rest`, begun already, gives as it comes. When the client leaves, `rest` is closed wherever it stands."""

    media_type = "text/event-stream"

    def __init__(self, first: bytes, rest: AsyncGenerator[bytes, None], headers: Mapping[str, str] | None = None) -> None:
        super().__init__(headers={**_UNBUFFERED, **(headers or {})})
        del self.headers["content-length"]
        self._first = first
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with aclosing(self._rest), asyncio.TaskGroup() as group:
            writer = group.create_task(self._write(send))
            watcher = group.create_task(_left(receive))
            writer.add_done_callback(lambda _: watcher.cancel())
            watcher.add_done_callback(lambda _: writer.cancel())

    async def _write(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await send({"type": "http.response.body", "body": self._first, "more_body": True})
        async for chunk in self._rest:
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b""})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
