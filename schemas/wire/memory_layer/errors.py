"""Which paths speak Memory Layer, and how it says that something went wrong: `detail` everywhere, and all of it at 422."""

from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel

from schemas.errors import BadInput, MnemeError, NotFound, NotInTime, Problem, TooManyRequests, Unauthenticated
from schemas.wire.dialect import Dialect, Spelling
from schemas.wire.memory_layer.fields import stamp

_ROOTS = ("/v1/memory", "/v1/chat")
_KEY_ROOTS = ("/v1/keys",)
_INVALID = "Validation error"
_TOO_MANY = "Rate limit exceeded. Upgrade your plan or wait."
_BROKEN = "Internal server error. Please try again."
_UNPROCESSABLE = 422


class Failure(BaseModel):
    detail: str


class Detail(BaseModel):
    type: str
    loc: list[str | int]
    msg: str


class Invalid(BaseModel):
    status: Literal["error"]
    message: str
    details: list[Detail]
    timestamp: str
    detail: str


FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"model": Failure, "description": "No JSON object, or an unknown job."},
    401: {"model": Failure, "description": "No key, or one that is unknown or revoked."},
    422: {"model": Invalid, "description": "`details` names each field that will not do."},
    429: {"model": Failure, "description": "A limit is reached; Retry-After says when to come back."},
    500: {"model": Failure, "description": "Something broke here."},
    503: {"model": Failure, "description": "Not available, or accepted but not done in time."},
}
"""Status -> what /docs says of it, on every route."""


def invalid(loc: tuple[str, ...], message: str, type: str = "value_error") -> BadInput:
    """A failure of one field that pydantic can't see; shown as 422."""
    problem = Problem(type=type, loc=loc, message=message)
    return BadInput(f"{'.'.join(loc[1:])}: {message}", fields={loc[-1]: [message]}, problems=[problem])


def spell(error: MnemeError) -> Spelling:
    """As the original spells it; what it does not list has the same shape."""
    if isinstance(error, BadInput) and (details := _details(error)):
        return _UNPROCESSABLE, _invalid(details), {}
    body = {"detail": _words(error)}
    if isinstance(error, NotInTime):
        body["event_id"] = error.event_id
    return error.status, body, {}


def spell_keys(error: MnemeError) -> Spelling:
    """The same, where the caller is somebody signed in and what is missing is a key."""
    if isinstance(error, Unauthenticated | NotFound):
        return error.status, {"detail": error.message}, {}
    return spell(error)


def _words(error: MnemeError) -> str:
    match error:
        case Unauthenticated():
            return "Invalid or missing API key"
        case NotFound():
            return "Memory not found"
        case TooManyRequests():
            return _TOO_MANY
    return _BROKEN if error.status == 500 else error.message


def _details(error: BadInput) -> list[dict[str, Any]]:
    """What is wrong, field by field; nothing where the body as a whole is no JSON object."""
    if error.problems:
        whole = all(problem.loc == ("body",) for problem in error.problems)
        return [] if whole else [{"type": one.type, "loc": list(one.loc), "msg": one.message} for one in error.problems]
    return [{"type": "value_error", "loc": ["body", name], "msg": words} for name, about in error.fields.items() for words in about]


def _invalid(details: list[dict[str, Any]]) -> dict[str, Any]:
    now = stamp(datetime.now(UTC))
    return {"status": "error", "message": _INVALID, "details": details, "timestamp": now, "detail": _INVALID}


def _under(roots: tuple[str, ...], path: str) -> bool:
    return any(path == root or path.startswith(f"{root}/") for root in roots)


DIALECT = Dialect(name="memory_layer", owns=lambda path: _under(_ROOTS, path), spell=spell)
KEYS_DIALECT = Dialect(name="memory_layer_keys", owns=lambda path: _under(_KEY_ROOTS, path), spell=spell_keys)
