"""Lines: an answer of any length, written as it is made; one that breaks off ends the connection in the middle."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

_PATIENCE_S = 60.0
"""How long a client may take for one piece; one that reads no more must not keep its place."""


class LineStream(Response):
    """NDJSON from what `opened` gives once it is entered. What fails before the first piece is answered as any other failure."""

    media_type = "application/x-ndjson"

    def __init__(self, opened: AbstractAsyncContextManager[AsyncGenerator[bytes, None]], filename: str) -> None:
        disposition = f'attachment; filename="{filename}"'
        super().__init__(headers={"cache-control": "no-store", "x-accel-buffering": "no", "content-disposition": disposition})
        del self.headers["content-length"]
        self._opened = opened

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._opened as pieces:
            first = await anext(pieces)
            async with asyncio.TaskGroup() as group:
                writer = group.create_task(self._write(send, first, pieces))
                watcher = group.create_task(_left(receive))
                writer.add_done_callback(lambda _: watcher.cancel())
                watcher.add_done_callback(lambda _: writer.cancel())

    async def _write(self, send: Send, first: bytes, rest: AsyncGenerator[bytes, None]) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        await self._send(send, first)
        async for piece in rest:
            await self._send(send, piece)
        await send({"type": "http.response.body", "body": b""})

    async def _send(self, send: Send, piece: bytes) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
