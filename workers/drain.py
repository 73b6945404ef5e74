"""Drain: own one shard for a while. Three loops side by side: keep the lease, read the mailbox, settle what is ready."""

import asyncio
import time
from collections.abc import Coroutine, Sequence
from contextlib import suppress

import structlog

from core.mailbox import Entry, Lease
from core.mailbox.entry import is_barrier
from core.resources import Resources
from core.store.writer import ShardWriter
from schemas.errors import LeaseLost, Unavailable
from schemas.event import UserErased
from workers.holds import Holds, place
from workers.pipeline import prepare, settle
from workers.shard import Shard
from workers.stages.embed import MicroBatcher
from workers.stages.forget import left_out
from workers.window import Flight, Window, fenced

log = structlog.get_logger()

_COMPANY = {2: 64, 3: 8}
"""Most events in flight together, by how many owners died with one of them under way; after more deaths it is handled alone, so that
it takes no others with it. In steps: a whole window dies with a worker that was killed by chance, and one by one would take minutes."""
_BLOCK_MS = 1_000
"""Longest single wait on the mailbox."""
_BREATH_S = 0.01
"""While others are in flight, events that come one by one are read a few at a time: each reading is a round trip."""
_FEW = 32


async def drain(shard: int, resources: Resources, batcher: MicroBatcher, owner: str) -> int:
    """Handle a shard's events until it is empty or the time slice is over; gives how many were closed.

    Nothing happens when another owner has the shard. Cancelled, it lets the commit under way end and gives the shard back.
    """
    lease = await resources.mailbox.take(shard, owner)
    if lease is None:
        return 0
    started, in_order = time.monotonic(), True
    try:
        closed = await _Drain(Shard(resources, batcher, lease, ShardWriter(resources.store, shard))).run()
    except LeaseLost:
        log.warning("shard.lost", shard=shard, token=lease.token)
        return 0
    except Exception as error:
        in_order = _outage(error)
        raise
    finally:
        await asyncio.shield(_give_back(lease, resources, in_order=in_order))
    log.debug("shard.drained", shard=shard, events=closed, duration_ms=round((time.monotonic() - started) * 1000))
    return closed


def _outage(error: BaseException) -> bool:
    """Whether it was all the fault of something outside, and no event's."""
    return all(map(_outage, error.exceptions)) if isinstance(error, BaseExceptionGroup) else isinstance(error, Unavailable)


async def _give_back(lease: Lease, resources: Resources, *, in_order: bool) -> None:
    """Free the shard and, if events are left, wake its next owner. After a crash those under way count one death each."""
    with suppress(LeaseLost, Unavailable):
        if not in_order or not await resources.mailbox.release_if_empty(lease):
            await resources.mailbox.release(lease, in_order=in_order)
            await resources.mailbox.wake(lease.shard)


class _Drain:
    def __init__(self, shard: Shard) -> None:
        self.shard = shard
        self.settings = shard.resources.settings
        self.mailbox = shard.resources.mailbox
        self.window = Window(self.settings.window_events)
        self.holds = Holds(self.window, time.monotonic)
        self.erasures: dict[str, Entry] = {}
        """By subject, the last one read: what was accepted before it is left out."""
        self.closed = 0
        self._running: set[asyncio.Task[None]] = set()
        self._company = self.settings.window_events
        self._ends = time.monotonic() + self.settings.slice_s

    async def run(self) -> int:
        try:
            async with asyncio.TaskGroup() as self._tasks:
                self._start(self._keep_lease())
                self._start(self._settle_ready())
                await self._read()
                for task in tuple(self._running):
                    task.cancel()
        except* LeaseLost as lost:
            raise lost.exceptions[0] from None
        return self.closed

    def _start(self, work: Coroutine[None, None, None]) -> "asyncio.Task[None]":
        task = self._tasks.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _keep_lease(self) -> None:
        while True:
            await asyncio.sleep(self.settings.lease_s / 3)
            await self.mailbox.renew(self.shard.lease)

    async def _settle_ready(self) -> None:
        while True:
            flights = await self.window.ready()
            await settle(flights, self.shard)
            self.closed += len(flights)
            await self.window.done(flights)

    async def _read(self) -> None:
        """Keep the window full, oldest first, and let in whoever need not wait for somebody in flight."""
        idle_since = time.monotonic()
        while time.monotonic() < self._ends:
            await self.window.wait_for_room()
            self.holds.let_go(self.shard.lease)
            entries = await self._next_entries()
            if entries:
                busy = len(self.window) > 0
                await self._admit(entries)
                idle_since = time.monotonic()
                if busy and len(entries) < _FEW:
                    await asyncio.sleep(_BREATH_S)
            elif not len(self.window) and not self.holds and time.monotonic() - idle_since > self.settings.linger_s:
                break
        await self.window.wait_until_empty()

    async def _next_entries(self) -> list[Entry]:
        linger_ms = round(self.settings.linger_s * 1000)
        block_ms = _BLOCK_MS // 10 if len(self.window) or self.holds else min(_BLOCK_MS, linger_ms)
        self.window.begin_read()
        return await self.mailbox.read(self.shard.lease, count=self.window.room, block_ms=block_ms)

    async def _admit(self, entries: Sequence[Entry]) -> None:
        admitted: list[Flight] = []
        self.erasures.update({entry.event.subject: entry for entry in entries if isinstance(entry.event, UserErased)})
        for entry in entries:
            if entry in self.window:  # read again for the sake of one that was passed over
                continue
            if self._is_crowded(entry):  # before anything is decided: whoever is waited for may be put off, and hold this one
                await self._take_off(admitted)
                await self.window.wait_until_empty()
                admitted = []
                self._company = self._company_of(entry)
            if self.holds.holds(entry):
                self.holds.pass_over(entry)
            elif is_barrier(entry.event) and self.window.concerns(fenced(entry)):
                self.holds.around(entry)
                self.holds.pass_over(entry)
            else:
                admitted.append(self._let_in(entry))
                if is_barrier(entry.event):
                    self.holds.around(entry)
        await self._take_off(admitted)

    def _let_in(self, entry: Entry) -> Flight:
        """What its user's erasure comes after is not handled any more, only closed: it may wait for what is away."""
        flight, erasure = self.window.admit(entry), self.erasures.get(entry.event.subject)
        if erasure is not None and place(entry.entry_id) < place(erasure.entry_id):
            flight.plan = left_out()
        return flight

    def _is_crowded(self, entry: Entry) -> bool:
        """Whether it must not join those in flight: for its own sake, or for that of one of them."""
        if not len(self.window):
            self._company = self.settings.window_events
        self._company = min(self._company, self._company_of(entry))
        return len(self.window) >= self._company

    def _company_of(self, entry: Entry) -> int:
        return self.settings.window_events if entry.deaths < min(_COMPANY) else _COMPANY.get(entry.deaths, 1)

    async def _take_off(self, flights: Sequence[Flight]) -> None:
        if flights:
            await self.mailbox.mark_running(self.shard.lease, [flight.entry for flight in flights])
        for flight in filter(self.window.has, flights):  # one that was put off in the meantime took the later ones along
            flight.task = self._start(self._prepare(flight))

    async def _prepare(self, flight: Flight) -> None:
        wait_s = None if flight.plan is not None else await prepare(flight, self.shard)
        if wait_s is None:
            await self.window.mark_prepared(flight)
            return
        self.holds.until(flight.entry, time.monotonic() + wait_s)
        for gone in await self.window.put_off(flight):
            self.holds.pass_over(gone.entry)
            if gone is not flight and gone.task is not None:
                gone.task.cancel()
