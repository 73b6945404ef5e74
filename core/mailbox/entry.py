"""Entry: an accepted event as it lies in a shard's mailbox, and its two spellings."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import orjson
from pydantic_core import PydanticSerializationError

from schemas.errors import BadInput
from schemas.event import EVENT, Event, Lane, MemoriesEdited, MemoriesForgotten, UserErased

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """An event read by a shard's owner; it stays in its lane until it is closed or buried."""

    lane: Lane
    entry_id: str
    """The stream id: milliseconds, then microseconds, of the moment of acceptance; rises over both lanes of a shard."""
    event: Event
    attempts: int = 0
    """Failed tries of it, `deaths` among them."""
    work: bytes | None = None
    """What an earlier try saved."""
    deaths: int = 0
    """How many owners ended without giving it back while they had it under way: it may be what killed them."""


def encode(event: Event) -> bytes:
    """The event as JSON. Raises BadInput for text that is not Unicode."""
    try:
        if isinstance(event, MemoriesEdited):
            return _encode_edits(event)
        return event.model_dump_json().encode()
    except (PydanticSerializationError, orjson.JSONEncodeError) as error:
        raise BadInput(f"the event can't be written as JSON: {error}") from error


def _encode_edits(event: MemoriesEdited) -> bytes:
    """Of each edit just the fields that were set, or it would no longer know what it leaves alone."""
    edits = [edit.model_dump(mode="json", exclude_unset=True) for edit in event.edits]
    return orjson.dumps({**event.model_dump(mode="json", exclude={"edits"}), "edits": edits})


def decode(body: bytes, entry_id: str | None = None) -> Event:
    """The event; its `accepted_at` is told by the entry's id. Raises pydantic's ValidationError."""
    event = EVENT.validate_json(body)
    if entry_id is None:
        return event
    return event.model_copy(update={"accepted_at": accepted_at(entry_id)})


def is_barrier(event: Event) -> bool:
    """Whether it runs alone, after everything its owner had accepted before it."""
    return isinstance(event, UserErased) or (isinstance(event, MemoriesForgotten) and event.where is not None)


def accepted_at(entry_id: str) -> datetime:
    """The moment an entry's id stands for."""
    milliseconds, _, microseconds = entry_id.partition("-")
    return time_of(int(milliseconds) * 1000 + int(microseconds))


def time_of(stamp: int | bytes) -> datetime:
    """The moment of a stamp in microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=int(stamp))
