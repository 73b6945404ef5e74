"""Pruning: which memories are beyond which limit."""

from collections.abc import Collection
from datetime import datetime, timedelta

from schemas.maintenance import Limits, Reason
from schemas.memory import Memory, MemoryState


def beyond(memory: Memory, limits: Limits, now: datetime, too_many: Collection[str] = ()) -> Reason | None:
    """The first limit an active memory is beyond; None for one within all of them, and always for an immutable one.

    `too_many`: ids of the memories that their user has beyond `max_memories`.
    """
    if memory.immutable or memory.state is not MemoryState.ACTIVE:
        return None
    if limits.expired and memory.expires_at is not None and memory.expires_at <= now:
        return "expiry"
    oldest = created_before(limits, now)
    if oldest is not None and memory.created_at < oldest:
        return "age"
    if limits.min_importance is not None and memory.importance < limits.min_importance:
        return "importance"
    if limits.min_familiarity is not None and memory.familiarity < limits.min_familiarity:
        return "importance"
    return "count" if memory.id in too_many else None


def created_before(limits: Limits, now: datetime) -> datetime | None:
    """The moment before which memories are too old; None where no age is."""
    if limits.max_age_days is None:
        return None
    try:
        return now - timedelta(days=limits.max_age_days)
    except OverflowError:
        return None
