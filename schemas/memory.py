"""Memory: one remembered statement, and the changes that made it what it is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from typing import Any

from schemas.scope import Scope


class MemoryType(StrEnum):
    PREFERENCE = "preference"
    FACT = "fact"
    EXPERIENCE = "experience"
    GOAL = "goal"
    RELATIONSHIP = "relationship"


class MemoryState(StrEnum):
    ACTIVE = "active"
    SUPERSEDED = "superseded"
    """A newer memory corrected it: out of search, readable by id and in history."""
    ARCHIVED = "archived"
    """Pruned or summarised; can be restored."""


class Feedback(StrEnum):
    """What somebody thinks of having been shown a memory."""

    POSITIVE = "POSITIVE"
    NEGATIVE = "NEGATIVE"
    VERY_NEGATIVE = "VERY_NEGATIVE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """One statement about a subject. Times are aware UTC datetimes; scores are 0..1. The vector travels beside it."""

    id: str
    scope: Scope
    content: str
    type: MemoryType = MemoryType.FACT
    confidence: float = 1.0
    importance: float = 0.5
    categories: tuple[str, ...] = ()
    source_kind: str = "message"
    """message (extracted), verbatim (stored word for word), document, summary, edit."""
    event_id: str = ""
    """The event that made it."""
    speaker: str | None = None
    said_at: datetime
    """When its source was said; `created_at` shows this to clients that backdate."""
    created_at: datetime
    updated_at: datetime
    accepted_at: datetime
    """When the event that made it was accepted, by Redis' clock: a forgetting reaches only what was accepted before it."""
    expires_at: datetime | None = None
    """The first instant at which it no longer counts (the day after an inclusive expiration date)."""
    state: MemoryState = MemoryState.ACTIVE
    superseded_by: str | None = None
    version: int = 1
    """Grows by one with every change; a commit never replaces a row by one of a lower or equal version."""
    immutable: bool = False
    access_count: int = 0
    last_access_at: datetime | None = None
    feedback: Feedback | None = None
    """The last that was given; it counts in `importance`."""
    feedback_reason: str | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    embedding_model: str = ""

    @property
    def content_hash(self) -> str:
        return content_hash(self.content)

    @property
    def familiarity(self) -> float:
        """See `familiarity`."""
        return familiarity(self.access_count)


def familiarity(reads: int) -> float:
    """0.5..1: how often a memory was found or read, a tenth for each doubling; unlike importance it never falls."""
    return min(1.0, 0.5 + 0.1 * math.log2(1 + reads))


def content_hash(content: str) -> str:
    """32 hex characters of the text without case, outer punctuation and runs of white space: equal for "the same words"."""
    folded = " ".join(content.casefold().split()).strip(" .!?,;:\"'")
    return blake2b((folded or content).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


class ChangeKind(StrEnum):
    ADD = "ADD"
    UPDATE = "UPDATE"
    SUPERSEDE = "SUPERSEDE"
    ARCHIVE = "ARCHIVE"
    RESTORE = "RESTORE"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a memory's history; append-only, readable after the memory is gone."""

    id: str
    """Derived from the event and the memory: a second run writes the same line again."""
    memory_id: str
    scope: Scope
    kind: ChangeKind
    old_content: str | None
    new_content: str | None
    reason: str
    event_id: str
    at: datetime
    input: tuple[tuple[str, str], ...] = ()
    """The (role, content) messages it came from, bounded."""
    metadata: Mapping[str, Any] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    type: MemoryType | None = None
    """Told to those who listen, as the next field; history does not keep them."""
    superseded_by: str | None = None
