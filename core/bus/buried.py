"""How a dead letter looks on brokers that have headers: the message as it came, and why it lies here in headers beside its own."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from core.bus.delivery import Delivery, Letter, texts
from schemas.errors import MnemeError
from schemas.ids import event_id

ERROR = "mneme-error"
"""Percent-encoded: NATS takes no line breaks."""
BURIED_AT = "mneme-buried-at"
LETTER = "mneme-letter"
_OURS = (ERROR, BURIED_AT, LETTER)
_ERROR_MAX = 500


def headers_of(delivery: Delivery, refusal: MnemeError) -> dict[str, str]:
    """All headers of its letter."""
    error = quote(refusal.message[:_ERROR_MAX], safe=" :;,.'\"()[]{}=*+/?!@")
    letter = event_id("", f"{delivery.id} {delivery.body!r} {sorted(delivery.headers.items())}")
    return {**delivery.headers, ERROR: error, BURIED_AT: datetime.now(UTC).isoformat(timespec="seconds"), LETTER: letter}


def own_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers it came with."""
    return {name: value for name, value in headers.items() if name not in _OURS}


def letter_of(headers: Mapping[str, Any] | None, body: bytes, letter_id: str | None = None) -> Letter:
    """The letter of a message in the dead letters, whoever put it there."""
    found = texts(headers)
    return Letter(id=letter_id or found.get(LETTER, "-"), error=unquote(found.get(ERROR, "")), buried_at=_moment(found), body=body)


def _moment(headers: Mapping[str, str]) -> datetime | None:
    """None also where somebody else wrote the header."""
    try:
        return datetime.fromisoformat(headers[BURIED_AT])
    except (KeyError, ValueError):
        return None
