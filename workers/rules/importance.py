"""Importance: how much a memory matters, before anybody has asked for it and afterwards. docs/maintenance.md explains the formula."""

import math
from datetime import datetime
from typing import Final

from schemas.memory import Feedback, Memory, MemoryType

_OF_TYPE = {
    MemoryType.RELATIONSHIP: 0.65,
    MemoryType.PREFERENCE: 0.6,
    MemoryType.GOAL: 0.6,
    MemoryType.FACT: 0.55,
    MemoryType.EXPERIENCE: 0.45,
}
"""Who belongs to somebody and what they want shapes more answers than what happened to them once."""
_CONFIDENCE_SHARE = 0.3
"""How far confidence moves it: by this much from not sure at all (0) to said outright (1)."""

FADING_DAYS: Final = 365.0
"""Half-life of what a memory is worth by itself, from when it was last said, changed or read."""
ACCESS_SHARE: Final = 0.1
"""What each doubling of the reads adds,"""
ACCESS_DAYS: Final = 90.0
"""and its half-life, from the last read."""
LINK_SHARE: Final = 0.02
LINKS_COUNTED: Final = 5
"""What each link adds, and how many of them: a memory that much stands around is one of the user's themes."""
FEEDBACK: Final = {Feedback.POSITIVE: 1.25, Feedback.NEGATIVE: 0.5, Feedback.VERY_NEGATIVE: 0.1}
"""What all of it is multiplied with, by the feedback that was given: one that was useless is worth little however often it was shown."""
_DAY_S = 86_400.0


def initial(kind: MemoryType, confidence: float) -> float:
    """0..1, two decimals: the type's base plus 0.3 x (confidence - 0.5).

    From 0.3 (an experience that is only guessed) to 0.8 (a relationship said outright); being recalled raises it later.
    """
    sure = min(1.0, max(0.0, confidence))
    return round(_OF_TYPE[kind] + _CONFIDENCE_SHARE * (sure - 0.5), 2)


def recalculated(memory: Memory, links: int, now: datetime) -> float:
    """0..1, two decimals, from nothing but the memory, how many links it has, and the time:

    initial x 2^(-idle / 365 d) + 0.1 x log2(1 + reads) x 2^(-since the last read / 90 d) + 0.02 x min(links, 5),
    times 1.25, 0.5 or 0.1 after feedback that was positive, negative or very negative.
    """
    worth = initial(memory.type, memory.confidence) * _faded(_last_touched(memory), now, FADING_DAYS)
    reads = 0.0
    if memory.last_access_at is not None:
        reads = ACCESS_SHARE * math.log2(1 + memory.access_count) * _faded(memory.last_access_at, now, ACCESS_DAYS)
    linked = LINK_SHARE * min(links, LINKS_COUNTED)
    rated = FEEDBACK[memory.feedback] if memory.feedback else 1.0
    return round(min(1.0, (worth + reads + linked) * rated), 2)


def _last_touched(memory: Memory) -> datetime:
    """An import may say that something was said years ago: what counts is when we were told, or asked."""
    moments = (memory.created_at, memory.updated_at, memory.said_at, memory.last_access_at)
    return max(moment for moment in moments if moment is not None)


def _faded(since: datetime, now: datetime, half_life_days: float) -> float:
    days = max(0.0, (now - since).total_seconds() / _DAY_S)
    return math.pow(0.5, days / half_life_days)
