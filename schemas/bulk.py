"""Bulk jobs: many events that came together, and how far they have come."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LineError:
    """A line that was refused: its number, from 1, and why, in words that hold nothing of it."""

    line: int
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkJob:
    """Counts are of lines, each an event, but for `memories`. `received` holds lines that came again, `accepted` each line once."""

    name: str
    created_at: datetime
    updated_at: datetime
    received: int = 0
    refused: int = 0
    """Lines that could not be read; nothing is kept of them but the first errors."""
    accepted: int = 0
    stored: int = 0
    """Left a memory, or changed one."""
    skipped: int = 0
    """Had nothing to remember, or what was known already."""
    failed: int = 0
    """Lie in the dead letters."""
    memories: int = 0
    """Made or changed."""
    receiving: bool = False
    """More lines are on their way."""
    rate: float = 0.0
    """Events handled a second, of late."""
    errors: tuple[LineError, ...] = ()
    """Of the first lines refused."""

    @property
    def handled(self) -> int:
        return self.stored + self.skipped + self.failed

    @property
    def repeated(self) -> int:
        """Lines that were accepted before, and are no second event."""
        return max(0, self.received - self.refused - self.accepted)

    @property
    def done(self) -> bool:
        return not self.receiving and self.handled >= self.accepted

    @property
    def seconds_left(self) -> float | None:
        """None while nothing moves."""
        waiting = self.accepted - self.handled
        if waiting <= 0:
            return 0.0
        return waiting / self.rate if self.rate else None
