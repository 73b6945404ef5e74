"""The cursor: the place in a list after its last row, opaque to clients. Its row may be gone by the time it comes back."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime

import orjson

from schemas.errors import BadInput
from schemas.ids import is_uuid
from schemas.memory import Memory

Place = tuple[datetime, str]
"""(created_at, id) of a row."""
_LENGTH_MAX = 512


def write_cursor(last: Memory) -> str:
    """The cursor of the place after `last`."""
    place = {"created_at": last.created_at.astimezone(UTC).isoformat(), "id": last.id}
    return urlsafe_b64encode(orjson.dumps(place)).rstrip(b"=").decode()


def read_cursor(cursor: str) -> Place:
    """The place a cursor stands for. Raises BadInput for one that we did not write."""
    try:
        raw = cursor.encode("ascii")[:_LENGTH_MAX]
        place = orjson.loads(urlsafe_b64decode(raw + b"=" * (-len(raw) % 4)))
        created_at = datetime.fromisoformat(place["created_at"]).astimezone(UTC)
        if not is_uuid(place["id"]):
            raise ValueError("no id")
    except (ValueError, KeyError, TypeError, IndexError, OverflowError):
        raise BadInput("invalid cursor", fields={"cursor": ["Invalid cursor"]}) from None
    return created_at, str(place["id"])
