"""Which paths speak Mem0, and how it says that something went wrong."""

from typing import Any

from pydantic import BaseModel

from schemas.errors import MnemeError, NotInTime
from schemas.wire.dialect import Dialect, Spelling

_ROOTS = (
    *("/v1/ping", "/v1/memories", "/v2/memories", "/v3/memories", "/v1/batch", "/v1/entities", "/v2/entities", "/v1/event", "/v1/events"),
    *("/v1/feedback", "/v1/exports", "/v1/summary", "/v2/profiles", "/api/v1/orgs", "/api/v1/webhooks"),
)
_COME_BACK = {429, 503}


class Failure(BaseModel):
    """The same words three times: clients of different ages look in different places."""

    error: str
    detail: str
    message: str


class BadRequest(Failure):
    details: dict[str, str]


FAILURES: dict[int | str, dict[str, Any]] = {
    400: {"model": BadRequest, "description": "Something in the request is wrong; the message says what."},
    401: {"model": Failure, "description": "No API key, or one that is unknown."},
    403: {"model": Failure, "description": "The key may not do this."},
    404: {"model": Failure, "description": "No such thing, or not this account's."},
    409: {"model": Failure, "description": "It contradicts what is stored."},
    429: {"model": Failure, "description": "Too much is waiting; Retry-After says when to come back."},
    503: {"model": Failure, "description": "Not available, or accepted but not done in time."},
}
"""Status -> what /docs says of it, on every route."""


def spell(error: MnemeError) -> Spelling:
    """Of the body clients show `detail`; older ones and other tools read `error` or `message`."""
    body: dict[str, Any] = dict.fromkeys(("error", "detail", "message"), error.message)
    if error.status == 400:
        body["details"] = {"message": error.message}
    if isinstance(error, NotInTime):
        body["event_id"] = error.event_id
    return error.status, body, {"Retry-After": str(error.retry_after_s or 1)} if error.status in _COME_BACK else {}


def owns(path: str) -> bool:
    """Whether Mem0 answers under this path."""
    return any(path == root or path.startswith(f"{root}/") for root in _ROOTS)


DIALECT = Dialect(name="mem0", owns=owns, spell=spell)
