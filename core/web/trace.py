"""Tracing a request: its id, bound to every log line on its way, and one line of its own."""

import re
import time

import structlog
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from schemas.ids import new_id

log = structlog.get_logger()

HEADER = "x-request-id"
_PROBES = ("/ready",)
"""Asked every moment while we start; a 503 is what they are for."""
_SANE = re.compile(r"[!-~]{1,128}")


class Trace:
    """Takes `X-Request-ID`, or makes one; gives it back; logs method, route, status and duration: never a query string."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id, started, status = _id_of(scope), time.perf_counter(), 0

        async def answer(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message.get("headers", ()), (b"x-request-id", request_id.encode())]}
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=request_id):
            try:
                await self._app(scope, receive, answer)
            finally:
                _log(scope, status, time.perf_counter() - started)


def _id_of(scope: Scope) -> str:
    given = Headers(scope=scope).get(HEADER, "")
    return given if _SANE.fullmatch(given) else new_id()


def _log(scope: Scope, status: int, took_s: float) -> None:
    route = _route(scope)
    write = log.warning if status >= 500 and route not in _PROBES else log.debug
    write("request.answered", method=scope["method"], route=route, status=status, duration_ms=round(took_s * 1000, 1))


def _route(scope: Scope) -> str | None:
    """The route's template: it has no names of users in it. None where no route matched."""
    return getattr(scope.get("route"), "path", None)
