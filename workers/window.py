"""Window: the events of one shard that are in flight, each subject's in order."""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from core.mailbox import Entry
from core.mailbox.entry import is_barrier
from schemas.event import MemoriesForgotten, MemoriesImported, MessagesReceived, UserErased
from schemas.search import Selection
from workers.draft import Draft, Extracted, Vectors
from workers.plan import Plan

_WEIGHT_MAX = 16_000_000
"""Characters in flight from which no more are let in."""
_COMMIT_ROWS = 256
"""From so many on a commit is large enough: what it costs beside its rows, some 10 ms, is shared by them."""
_COMMIT_ROWS_MAX = 1_024
"""More are not decided in one go: what else the process does has to wait for it."""


@dataclass(eq=False, slots=True)
class Flight:
    """One event on its way. It is ready when it is prepared: by then only its subject's order matters."""

    entry: Entry
    extracted: Extracted | None = None
    vectors: Vectors | None = None
    """(drafts, dim) float32, a row a draft."""
    plan: Plan | None = None
    """Decided, perhaps by an earlier owner that did not live to close it: to be applied as it is."""
    error: Exception | None = None
    """Why it can never be handled; its turn will bury it."""
    prepared: bool = False
    task: "asyncio.Task[None] | None" = None
    """What prepares it."""

    @property
    def subject(self) -> str:
        return self.entry.event.subject

    @property
    def drafts(self) -> tuple[Draft, ...]:
        return self.extracted.drafts if self.extracted else ()

    @property
    def rows(self) -> int:
        """About how many it will write; at least one."""
        event = self.entry.event
        return max(1, len(event.memories) if isinstance(event, MemoriesImported) else len(self.drafts))

    @property
    def keys(self) -> frozenset[str]:
        """Whom it concerns: its subject, its owner, and for a barrier all that it fences."""
        return frozenset({self.subject, self.entry.event.scope.owner}) | fenced(self.entry)

    @property
    def weight(self) -> int:
        """Characters of its messages, or about those of what it imports."""
        match self.entry.event:
            case MessagesReceived(messages=messages):
                return sum(len(message.content) for message in messages)
            case MemoriesImported() as event:
                return event.weight
        return 0


def fenced(entry: Entry) -> frozenset[str]:
    """The subjects that a barrier must not run beside, or its whole owner where it may reach any; nothing of another event."""
    event = entry.event
    if isinstance(event, UserErased):
        return frozenset({event.subject})
    if not is_barrier(event) or not isinstance(event, MemoriesForgotten) or event.where is None:
        return frozenset()
    subjects = Selection(owner=event.scope.owner, where=event.where).subjects()
    return frozenset({event.scope.owner}) if subjects is None else subjects


@dataclass(slots=True)
class Window:
    """Admits entries in order of acceptance and hands out those whose turn has come."""

    limit: int
    gather_s: float = 1.0
    """How long what is ready waits for company, so long as others are on their way and nobody waits for an answer."""
    _subjects: dict[str, deque[Flight]] = field(default_factory=dict)
    _due: dict[str, None] = field(default_factory=dict)
    """The subjects whose oldest flight is prepared."""
    _flights: dict[str, Flight] = field(default_factory=dict)
    """By event id."""
    _recent: set[str] = field(default_factory=set)
    """Event ids let go since the last read began: what that read gives of them is old."""
    _keys: Counter[str] = field(default_factory=Counter)
    _weight: int = 0
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    def __len__(self) -> int:
        return len(self._flights)

    def __contains__(self, entry: Entry) -> bool:
        """Whether it is in flight, or was when the last read began."""
        return entry.event.id in self._flights or entry.event.id in self._recent

    def has(self, flight: Flight) -> bool:
        """Whether it is still in flight: an earlier one of its subject may have taken it along."""
        return self._flights.get(flight.entry.event.id) is flight

    def begin_read(self) -> None:
        self._recent.clear()

    @property
    def room(self) -> int:
        """How many more may be let in; none while those in flight are very large."""
        return self.limit - len(self) if self._weight < _WEIGHT_MAX else 0

    def concerns(self, keys: Iterable[str]) -> bool:
        """Whether anything in flight concerns one of these subjects or owners."""
        return any(self._keys[key] > 0 for key in keys)

    def admit(self, entry: Entry) -> Flight:
        """Take an entry in; gives its flight, to be prepared."""
        flight = Flight(entry)
        self._subjects.setdefault(flight.subject, deque()).append(flight)
        self._flights[entry.event.id] = flight
        self._keys.update(flight.keys)
        self._weight += flight.weight
        return flight

    async def mark_prepared(self, flight: Flight) -> None:
        async with self._changed:
            flight.prepared = True
            self._note(flight.subject)
            self._changed.notify_all()

    async def ready(self) -> list[Flight]:
        """Wait for flights whose turn has come: of each subject the unbroken run of prepared ones from the oldest on.

        Under load they come together: few at a time would each cost a commit.
        """
        async with self._changed:
            await self._changed.wait_for(lambda: self._due)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.gather_s):
                    await self._changed.wait_for(self._gathered)
            return self._first_rows(self._prepared())

    @staticmethod
    def _first_rows(flights: list[Flight]) -> list[Flight]:
        """Of more than a commit takes the first ones, at least one; each subject's are in order, and so are those left."""
        rows = 0
        for place, flight in enumerate(flights):
            rows += flight.rows
            if rows > _COMMIT_ROWS_MAX and place:
                return flights[:place]
        return flights

    def _gathered(self) -> bool:
        """Whether nothing is gained by waiting on: all have come, or enough, or somebody waits for one of them."""
        flights = self._prepared()
        return (
            len(flights) == len(self._flights)
            or sum(flight.rows for flight in flights) >= _COMMIT_ROWS
            or any(flight.entry.event.reply_to for flight in flights)
        )

    def _prepared(self) -> list[Flight]:
        found: list[Flight] = []
        for subject in self._due:
            for flight in self._subjects[subject]:
                if not flight.prepared:
                    break
                found.append(flight)
        return found

    async def done(self, flights: Sequence[Flight]) -> None:
        """Let go of flights that `ready` gave: of each subject the oldest ones."""
        async with self._changed:
            for flight in flights:
                self._subjects[flight.subject].popleft()
                self._forget(flight)
                self._recent.add(flight.entry.event.id)
            for subject in {flight.subject for flight in flights}:
                self._note(subject)
            self._changed.notify_all()

    async def put_off(self, flight: Flight) -> list[Flight]:
        """Let go of a flight that is not ready and of the later ones of its subject: what waits must not take up room. Gives them."""
        async with self._changed:
            if not self.has(flight):
                return []
            queue, gone = self._subjects[flight.subject], list[Flight]()
            while not gone or gone[-1] is not flight:
                gone.append(queue.pop())
                self._forget(gone[-1])
            self._note(flight.subject)
            self._changed.notify_all()
            return gone

    def _forget(self, flight: Flight) -> None:
        del self._flights[flight.entry.event.id]
        for key in flight.keys:
            self._keys[key] -= 1
            if not self._keys[key]:
                del self._keys[key]
        self._weight -= flight.weight

    def _note(self, subject: str) -> None:
        queue = self._subjects[subject]
        if queue and queue[0].prepared:
            self._due[subject] = None
        else:
            self._due.pop(subject, None)
        if not queue:
            del self._subjects[subject]

    async def wait_for_room(self) -> None:
        await self._wait(lambda: self.room > 0)

    async def wait_until_empty(self) -> None:
        await self._wait(lambda: not self._flights)

    async def _wait(self, reached: Callable[[], bool]) -> None:
        async with self._changed:
            await self._changed.wait_for(reached)
