"""Delivery: a message as a broker hands it over, and what is to become of it."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from schemas.errors import MnemeError


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message, not acknowledged yet."""

    id: str | None
    """The broker's own, the same whenever it hands the message over again; None where it gives none (RabbitMQ)."""
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""
    again: bool = False
    """It was handed over before, and whoever had it did not acknowledge it."""


Take = Callable[[Sequence[Delivery]], Awaitable[Sequence[MnemeError | None]]]
"""For each delivery None once its event is durable, or why it never will be; takes as long as that takes, and raises nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A lifecycle event on its way out."""

    id: str
    """Where the broker can, it drops a second one of the same id."""
    kind: str
    key: str
    """What it is about: those of one key stay in order."""
    body: bytes
    """JSON."""


Publish = Callable[[Sequence[Notice]], Awaitable[None]]
"""In order; the broker has them when it returns."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A message that could not be read, as it lies on its broker."""

    id: str
    error: str
    buried_at: datetime | None
    body: bytes
    """As the producer sent it."""


def turns(deliveries: Sequence[Delivery]) -> Iterator[Sequence[int]]:
    """Places in `deliveries` to take together: all that is new, then one by one what may have killed whoever had it before."""
    if fresh := [place for place, delivery in enumerate(deliveries) if not delivery.again]:
        yield fresh
    yield from ([place] for place, delivery in enumerate(deliveries) if delivery.again)


def texts(headers: Mapping[Any, Any] | None) -> dict[str, str]:
    """Headers as text, names in lower case: brokers give bytes, numbers and dates as well."""
    return {_text(name).lower(): _text(value) for name, value in (headers or {}).items() if value is not None}


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes | bytearray) else str(value)
