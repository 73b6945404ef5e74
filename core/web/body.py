"""Bodies: bounded, and JSON whatever their Content-Type says."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.guard import Guard
from core.strict_json import parse_json
from schemas.errors import TooLarge

_DIGITS_MAX = 18
_JSON_TYPE = (b"content-type", b"application/json")


class BodyBound:
    """Refuses bodies over `max_bytes` with TooLarge, by what they announce and by what arrives; `uploads` has bounds by path."""

    def __init__(self, app: ASGIApp, max_bytes: int, uploads: Mapping[str, int]) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._uploads = uploads

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        most = self._uploads.get(scope["path"], self._max_bytes)
        if _announces_more(Headers(scope=scope).get("content-length", "0"), most):
            raise _too_large(most)
        read = 0

        async def count() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise _too_large(most)
            return message

        async def answer(message: Message) -> None:
            if read > most:  # some parser took our refusal for a failure of its own
                raise _too_large(most)
            await send(message)

        await self._app(scope, count, answer)


def _announces_more(length: str, most: int) -> bool:
    return length.isascii() and length.isdigit() and (len(length) > _DIGITS_MAX or int(length) > most)


def _too_large(most: int) -> TooLarge:
    return TooLarge(f"a request body may have at most {most} bytes")


class JsonRoute(APIRoute):
    """A route whose body is JSON: `fetch` labels a string text/plain, and curl a form. A stranger's body is not read."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        if self.body_field is None:
            return handle
        guard = _guard(self.dependant)

        async def read_first(request: Request) -> Response:
            if guard is not None:
                await guard(request)
            body = await request.body()
            headers = [pair for pair in request.scope["headers"] if pair[0] != b"content-type"]
            parsed = _Parsed({**request.scope, "headers": [*headers, _JSON_TYPE]}, request.receive)
            parsed.take(body, parse_json(body) if body.strip() else None)
            return await handle(parsed)

        return read_first


def _guard(dependant: Dependant) -> Guard[object] | None:
    """Who asks, on this route, whose the request is."""
    parts = dependant.dependencies
    own = next((part.call for part in parts if isinstance(part.call, Guard)), None)
    return own or next((guard for part in parts if (guard := _guard(part)) is not None), None)


class _Parsed(Request):
    value: Any = None

    def take(self, body: bytes, value: Any) -> None:
        self._body, self._json = body, value
        self.value = value


def sent(request: Request) -> Any:
    """The JSON of a route's body; None where it has none."""
    return request.value if isinstance(request, _Parsed) else None


def json_router(*, prefix: str = "", tag: str) -> APIRouter:
    """A router of JsonRoutes for one dialect, shown under `tag` in /docs."""
    return APIRouter(prefix=prefix, tags=[tag], route_class=JsonRoute)
