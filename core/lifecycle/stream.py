"""An owner's lifecycle events, as they lie in Redis."""

import re
from dataclasses import dataclass
from typing import Any

from redis.asyncio import Redis

from core.mailbox.keys import LIFE
from core.redis import patiently
from schemas.errors import BadInput, Gone
from schemas.lifecycle import LifecycleEvent

BEGINNING = "0-0"
"""Before everything that is kept."""
_PLACE = re.compile(r"\d{1,16}(-\d{1,16})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Told:
    """One lifecycle event and its place in the stream, which rises."""

    place: str
    event: LifecycleEvent


def told(place: bytes, fields: dict[bytes, bytes]) -> Told:
    """As a stream's entry has it."""
    return Told(place.decode(), LifecycleEvent.model_validate_json(fields[b"event"]))


def place_in(text: str) -> str:
    """A place that a client gives. Raises BadInput."""
    if not _PLACE.fullmatch(text):
        raise BadInput("a place in the stream looks like 1767225600000-0: the id of the last event that was read, or 0")
    return text


async def page(redis: Redis, owner: str, after: str, limit: int) -> list[Told]:
    """The owner's events after a place, the oldest first. Raises Gone when what came next is no longer kept, BadInput for no place."""
    all_there_is = place_in(after).partition("-")[0].strip("0") == ""
    rows, kept = await patiently(lambda: _read(redis, LIFE + owner, after, limit))
    if not kept and not all_there_is:
        raise Gone("what came after this event is no longer kept; begin without one")
    return [told(place, fields) for place, fields in rows]


async def newest(redis: Redis, owner: str) -> str:
    """The place of the owner's last event; BEGINNING where there is none."""
    rows = await patiently(lambda: redis.xrevrange(LIFE + owner, "+", "-", count=1))
    return rows[0][0].decode() if rows else BEGINNING


async def _read(redis: Redis, key: str, after: str, limit: int) -> list[Any]:
    """What comes after a place, and whether something at or before it is there; in one step, or events that go in between were missed."""
    async with redis.pipeline(transaction=True) as pipe:
        pipe.xrange(key, f"({after}", "+", count=limit)
        pipe.xrange(key, "-", after, count=1)
        return await pipe.execute()
