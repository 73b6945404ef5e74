"""Deadline: no request keeps its client waiting for ever."""

import asyncio
from collections.abc import Collection

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.errors import Unavailable


class Deadline:
    """Raises Unavailable when no answer has begun after `seconds`; one that has begun, such as a stream, may take its time.

    So may what is sent to the paths in `uploads`: their routes see to it that it goes on.
    """

    def __init__(self, app: ASGIApp, seconds: float, uploads: Collection[str]) -> None:
        self._app = app
        self._seconds = seconds
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] in self._uploads:
            await self._app(scope, receive, send)
            return
        limit = asyncio.timeout(self._seconds)

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                limit.reschedule(None)
            await send(message)

        try:
            async with limit:
                await self._app(scope, receive, answer)
        except TimeoutError as error:
            if not limit.expired():
                raise
            raise Unavailable(f"no answer within {self._seconds:g} s", retry_after_s=1) from error
