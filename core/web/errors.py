"""Errors: whatever goes wrong is answered in the words of the dialect that owns the path, never with a traceback."""

from collections.abc import Sequence
from typing import Any

import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from core.logging import places
from core.web.answer import Json
from schemas import errors
from schemas.errors import BadInput, MnemeError, Problem
from schemas.wire.dialect import Dialect, plain

log = structlog.get_logger()

_METHODS = ("DELETE", "GET", "PATCH", "POST", "PUT")
_RATE_LIMIT = {"Limit": "limit", "Remaining": "remaining", "Reset": "resets_at"}
_BY_STATUS: dict[int, type[MnemeError]] = {
    401: errors.Unauthenticated,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    409: errors.Conflict,
    413: errors.TooLarge,
    429: errors.TooManyRequests,
    503: errors.Unavailable,
}


class ErrorBoundary:
    """The last stop of every exception. What is not one of ours is a bug: it is logged and answered with a bare 500."""

    def __init__(self, app: ASGIApp, dialects: Sequence[Dialect]) -> None:
        self._app = app
        self._dialects = tuple(dialects)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def answer(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, answer)
        except Exception as error:
            ours = as_ours(error)
            if ours.status == 500:
                _log(error)
            if started:
                raise  # half an answer is out: only a broken connection still says that it is not whole
            await self._render(ours, scope)(scope, receive, send)

    def _render(self, error: MnemeError, scope: Scope) -> Response:
        """As the path's owner spells it; with Retry-After and X-RateLimit where the error says so, and Allow where HTTP asks for it."""
        spell = next((dialect.spell for dialect in self._dialects if dialect.owns(scope["path"])), plain)
        status, body, headers = spell(error)
        more = {"Retry-After": str(error.retry_after_s)} if error.retry_after_s is not None else {}
        if isinstance(error, errors.LimitReached):
            more |= {f"X-RateLimit-{name}": str(getattr(error, field)) for name, field in _RATE_LIMIT.items()}
        if isinstance(error, errors.MethodNotAllowed):
            more["Allow"] = _allowed(scope)
        return Json(body, status_code=status, headers={**more, **headers})


def as_ours(error: Exception) -> MnemeError:
    """`error` as one of our tree; of a group, its first."""
    match error:
        case MnemeError():
            return error
        case ExceptionGroup(exceptions=(Exception() as first, *_)):
            return as_ours(first)
        case RequestValidationError():
            return _invalid(error.errors())
        case HTTPException(status_code=status):
            kind = _BY_STATUS.get(status, BadInput if status < 500 else MnemeError)
            return kind(str(error.detail))
    return MnemeError("Internal server error")


async def pass_on(request: Request, error: Exception) -> Response:
    """Handler that keeps FastAPI from answering in its own words."""
    raise error


def _allowed(scope: Scope) -> str:
    """The methods this path has, over all its routes: the router names only the first one's."""
    routes = scope["app"].routes
    found = (method for method in _METHODS if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes))
    return ", ".join(found)


def _invalid(found: Sequence[Any]) -> BadInput:
    """Pydantic's findings; what was sent is left out of them."""
    problems = [Problem(type=one["type"], loc=tuple(one["loc"]), message=one["msg"]) for one in found]
    fields: dict[str, list[str]] = {}
    for problem in problems:
        if len(problem.loc) > 1:
            fields.setdefault(str(problem.loc[1]), []).append(problem.message)
    first = problems[0]
    where = ".".join(str(part) for part in first.loc[1:]) or "body"
    return BadInput(f"{where}: {first.message}", fields=fields, problems=problems)


def _log(error: Exception) -> None:
    """Where it happened and what kind it is: the message of an exception may quote a memory, so that is for DEBUG."""
    log.error("request.failed", error=type(error).__name__, at=places(error))
    log.debug("request.failed_because", exc_info=error)
