"""Which paths are the Memories API's, and how it says that something went wrong: `{"error"}`, with zod's details at 400."""

from typing import Any

from schemas.errors import BadInput, LimitReached, MnemeError, NotFound, NotInTime, Problem, RateReached, Unauthenticated
from schemas.wire.dialect import Dialect, Spelling

ROOT = "/api/v1/memories"
_INVALID = "Invalid request payload"
_MISSING = "Required"


def owns(path: str) -> bool:
    """Whether the Memories API answers under this path."""
    return path == ROOT or path.startswith(f"{ROOT}/")


def spell(error: MnemeError) -> Spelling:
    """As the original spells it; what it does not list has the same shape."""
    match error:
        case Unauthenticated():
            return error.status, {"error": "Invalid API key"}, {}
        case NotFound():
            return error.status, {"error": "Memory not found"}, {}
        case BadInput():
            return error.status, {"error": _INVALID, "details": _details(error)}, {}
        case LimitReached() if not isinstance(error, RateReached):
            return error.status, {"error": "Monthly API limit exceeded"}, {}
        case NotInTime():
            return error.status, {"error": error.message, "event_id": error.event_id}, {}
    return error.status, {"error": error.message}, {}


def _details(error: BadInput) -> dict[str, Any]:
    """Problems under their top field; what is wrong with the request as a whole under `formErrors`."""
    if not error.problems:
        return {"formErrors": [] if error.fields else [error.message], "fieldErrors": error.fields}
    whole: list[str] = []
    fields: dict[str, list[str]] = {}
    for problem in error.problems:
        about = fields.setdefault(str(problem.loc[1]), []) if len(problem.loc) > 1 else whole
        about.append(_words(problem))
    return {"formErrors": whole, "fieldErrors": fields}


def _words(problem: Problem) -> str:
    return _MISSING if problem.type == "missing" else problem.message


DIALECT = Dialect(name="memories_api", owns=owns, spell=spell)
