"""Holds: entries that were read but must not be let in yet. They are passed over, and read again once their time has come."""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.mailbox import Entry, Lease
from workers.window import Window, fenced

_SEQUENCE_MAX = 2**64 - 1
_COST_S = 0.001
"""Reading one entry again may cost this much: so long, times those passed over, lies between two returns."""

Over = Callable[[], bool]


@dataclass(slots=True)
class Holds:
    """Behind an event that is put off its subject waits; around a barrier, all that it fences. Everybody else goes on."""

    window: Window
    monotonic: Callable[[], float]
    _held: dict[str, tuple[frozenset[str], Over]] = field(default_factory=dict)
    """event id -> (keys, whether its hold is over)."""
    _passed: dict[str, str] = field(default_factory=dict)
    """lane -> the earliest entry passed over."""
    _count: int = 0
    _returned: float = float("-inf")

    def __bool__(self) -> bool:
        return bool(self._held)

    def until(self, entry: Entry, due: float) -> None:
        """Hold the entry's subject, and the entry itself, until a moment of the monotonic clock."""
        self._held[entry.event.id] = (frozenset({entry.event.subject}), lambda: self.monotonic() >= due)
        self.pass_over(entry)

    def around(self, barrier: Entry) -> None:
        """Hold all that a barrier fences until nothing of that is in flight, the barrier itself included."""
        keys = fenced(barrier)
        self._held[barrier.event.id] = (keys, lambda: not self.window.concerns(keys))

    def holds(self, entry: Entry) -> bool:
        keys = {entry.event.subject, entry.event.scope.owner} | fenced(entry)
        return any(keys & held for held, _ in self._held.values())

    def pass_over(self, entry: Entry) -> None:
        self._count += 1
        earlier = self._passed.get(entry.lane)
        if earlier is None or place(entry.entry_id) < place(earlier):
            self._passed[entry.lane] = entry.entry_id

    def let_go(self, lease: Lease) -> None:
        """End what is over and, if something was passed over, go back to it. Called between two reads and never within one:
        what came later must not be let in before what was passed over."""
        now = self.monotonic()
        if now < self._returned + _COST_S * self._count or not any(over() for _, over in self._held.values()):
            return
        self._held = {event_id: hold for event_id, hold in self._held.items() if not hold[1]()}
        if "live" in self._passed:
            lease.after_live = _earlier(lease.after_live, self._passed["live"])
        if "bulk" in self._passed:
            lease.after_bulk = _earlier(lease.after_bulk, self._passed["bulk"])
        self._passed.clear()
        self._count, self._returned = 0, now


def place(entry_id: str) -> tuple[int, int]:
    """What entries are in order by."""
    milliseconds, _, sequence = entry_id.partition("-")
    return int(milliseconds), int(sequence)


def _earlier(after: str, entry_id: str) -> str:
    """The place to read from: `after`, or just before the entry where that is earlier."""
    milliseconds, sequence = place(entry_id)
    before = (milliseconds, sequence - 1) if sequence else (milliseconds - 1, _SEQUENCE_MAX)
    return f"{before[0]}-{before[1]}" if before < place(after) else after
