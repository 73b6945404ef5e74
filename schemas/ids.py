"""Ids: time-ordered for what is new, derived from other ids for what may be made twice."""

import secrets
import time
import uuid
from hashlib import blake2b

_MEMORY = b"mneme.memory"
_EVENT = b"mneme.event"
_ADOPTED = b"mneme.adopted"
_BULK = b"mneme.bulk"


def new_id() -> str:
    """A UUIDv7 (RFC 9562, 5.7): 48 bits of Unix milliseconds, then random; sorts by time."""
    value = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return str(uuid.UUID(int=_stamped(value, version=7)))


def event_id(owner: str, idempotency_key: str) -> str:
    """The event id a client's idempotency key stands for: the same key of the same owner is the same event."""
    return str(uuid.UUID(int=_stamped(_digest(_EVENT, owner, idempotency_key), version=8)))


def bulk_id(owner: str, name: str) -> str:
    """The id of an owner's bulk job of this name: nobody else's job has it."""
    return f"{_digest(_BULK, owner, name):032x}"


def memory_id(event: str, ordinal: int, shard: int) -> str:
    """The id of the `ordinal`-th memory an event makes: a second run of the event overwrites, never doubles.

    The last byte is the shard (0..255), so that a read by id opens one table; see `shard_hint`.
    """
    value = _digest(_MEMORY, event, str(ordinal)) & ~0xFF | (shard & 0xFF)
    return str(uuid.UUID(int=_stamped(value, version=8)))


def adopted_id(holder: str, given: str, shard: int) -> str:
    """The id that a thing of `holder` gets whose own is another's here: the same each time."""
    value = _digest(_ADOPTED, holder, given) & ~0xFF | (shard & 0xFF)
    return str(uuid.UUID(int=_stamped(value, version=8)))


def shard_hint(memory: str) -> int:
    """The shard a memory of this id most likely lies in: certain for ids of `memory_id`, a guess for imported ones."""
    return uuid.UUID(memory).int & 0xFF


def is_uuid(text: str) -> bool:
    """Whether `text` is a UUID in its canonical 36-character form, in either case."""
    try:
        return str(uuid.UUID(text)) == text.lower()
    except (ValueError, AttributeError, TypeError):
        return False


def _digest(kind: bytes, *parts: str) -> int:
    encoded = (part.encode("utf-8", "surrogatepass") for part in parts)
    body = b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
    return int.from_bytes(blake2b(body, digest_size=16, person=kind).digest(), "big")


def _stamped(value: int, *, version: int) -> int:
    value &= ~(0xF << 76) & ~(0x3 << 62)
    return value | version << 76 | 0x2 << 62
