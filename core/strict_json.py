"""JSON as strangers send it: strict, and not nested without end."""

from typing import Any

import orjson

from schemas.errors import BadInput

DEPTH_MAX = 64
"""Deepest nesting of a body; what is stored must be writable again, by every encoder on the way."""
_WRITABLE = 254


def parse_json(body: bytes, what: str = "the body") -> Any:
    """What `body` says, nested at most DEPTH_MAX deep. Strict: no NaN, no lone surrogates, UTF-8. Raises BadInput."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise BadInput(f"{what} is not valid JSON: {error.msg} at character {error.pos}") from None
    if _may_be_deep(body) and _is_deep(value):
        raise BadInput(f"{what} is nested over {DEPTH_MAX} deep")
    return value


def _may_be_deep(body: bytes) -> bool:
    return body.count(b"{") + body.count(b"[") > DEPTH_MAX


def _is_deep(value: Any) -> bool:
    """Whether orjson, which writes 254 levels, fails once all but DEPTH_MAX of them are spent: walking 16 MB here takes seconds."""
    for _ in range(_WRITABLE - DEPTH_MAX):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return True
    return False
