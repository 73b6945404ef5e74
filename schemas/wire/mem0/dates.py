"""Mem0's times: epoch seconds, ISO 8601, and dates of expiration that count to their end."""

import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_LAST = datetime.max.replace(tzinfo=UTC)


def instant(value: object) -> datetime:
    """Aware UTC time of epoch seconds (a number, or one in a string) or of ISO 8601 text; without an offset it is UTC.

    Raises ValueError.
    """
    try:
        if isinstance(value, datetime):
            return _in_utc(value)
        if isinstance(value, int | float) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
        if isinstance(value, str):
            text = value.strip()
            return datetime.fromtimestamp(float(text), UTC) if _NUMBER.fullmatch(text) else _in_utc(datetime.fromisoformat(text))
    except (ValueError, OverflowError, OSError):
        pass
    raise ValueError("must be seconds since 1970 or an ISO 8601 time")


def point(value: object) -> str:
    """A time in a filter, as ISO 8601: a date stays one, and stands for its whole day in UTC. Raises ValueError."""
    if isinstance(value, str) and _DAY.fullmatch(value.strip()):
        return _day(value).isoformat()
    return instant(value).isoformat()


def expires_at(value: object) -> datetime:
    """The first instant at which a memory with this expiration date no longer counts: the midnight after it, UTC.

    Takes YYYY-MM-DD, or a time, of which the date counts. Raises ValueError.
    """
    if isinstance(value, str) and value.strip():
        return _after(_day(value))
    raise ValueError("must be a date as YYYY-MM-DD")


def expiration_date(moment: datetime | None) -> str | None:
    """The last day on which it counts, YYYY-MM-DD: the inverse of `expires_at`."""
    return (moment.astimezone(UTC) - timedelta(microseconds=1)).date().isoformat() if moment else None


def _day(text: str) -> date:
    text = text.strip()
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else _in_utc(datetime.fromisoformat(text)).date()
    except (ValueError, OverflowError):
        raise ValueError("must be a date as YYYY-MM-DD") from None


def _after(day: date) -> datetime:
    """The midnight after `day`; for 9999-12-31, which stands for "never", the last moment there is."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) if day < date.max else _LAST


def _in_utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _schema(*kinds: str, **more: Any) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [{"type": kind} for kind in kinds], **more})


Timestamp = Annotated[datetime, BeforeValidator(instant), _schema("number", "string", examples=[1735689600])]
ExpirationDate = Annotated[datetime, BeforeValidator(expires_at), WithJsonSchema({"type": "string", "format": "date"})]
"""On the wire an inclusive date; here already the first instant after it."""
