"""Replaced: since when versions of a table have been replaced, so that none goes while a read is in the middle of it."""

from collections import deque
from dataclasses import dataclass
from datetime import timedelta

_APART_S = 30.0
"""Upkeeps that follow each other closer leave one mark."""
_MARGIN_S = 30.0
"""More than passes between asking and Lance's looking at the clock."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """An upkeep that left a new version: whatever was made before it began was replaced when it ended."""

    began_s: float
    ended_s: float


class Replaced:
    """One table's marks, newest last; the first of them may be old enough, the others are not.

    LanceDB knows only when a version was made: the latest of a table at rest is old the moment the next one replaces it.
    """

    def __init__(self, keep: timedelta) -> None:
        self._keep_s = keep.total_seconds()
        self._marks: deque[_Mark] = deque()

    def note(self, began_s: float, ended_s: float) -> None:
        """An upkeep between these moments left a new version."""
        if not self._marks or began_s - self._marks[-1].began_s >= _APART_S:
            self._marks.append(_Mark(began_s, ended_s))

    def age(self, now_s: float) -> timedelta | None:
        """Versions older than this were replaced so long ago that they can go; None where none is known to be."""
        while len(self._marks) > 1 and self._is_old(self._marks[1], now_s):
            self._marks.popleft()
        if not self._marks or not self._is_old(self._marks[0], now_s):
            return None
        return timedelta(seconds=now_s - self._marks[0].began_s + _MARGIN_S)

    def _is_old(self, mark: _Mark, now_s: float) -> bool:
        return now_s - mark.ended_s >= self._keep_s
