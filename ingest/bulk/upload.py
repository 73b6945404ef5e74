"""Upload: lines become durable events of one job, batch by batch. While a mailbox is full it waits, and so does who sends."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

import structlog

from core.resources import Resources
from ingest.bulk.lines import Line
from ingest.bulk.reading import Reading, Readings, refusal
from ingest.each import accept_each
from schemas.bulk import BulkJob, LineError
from schemas.errors import MnemeError, TooManyRequests, Unavailable
from schemas.ids import bulk_id

log = structlog.get_logger()

_PAUSE_S = 0.1
_PAUSE_MAX_S = 2.0
_GIVE_UP_S = 600.0
"""A mailbox that has no room for a single event for so long is worked off by nobody."""


class Upload:
    """Lines of the owner's job of this `name`; taking the same line twice is taking it once."""

    def __init__(self, resources: Resources, owner: str, name: str) -> None:
        self.name = name
        self._owner = owner
        self._resources = resources
        self._jobs = resources.bulk
        self._job = bulk_id(owner, name)

    async def begin(self) -> None:
        """The job is there from now on. Raises Unavailable."""
        await self._jobs.begin(self._owner, self.name)

    async def take(self, lines: Sequence[Line]) -> Sequence[LineError]:
        """The lines that were refused; all others are durable. Raises TooManyRequests or Unavailable after ten minutes of waiting."""
        reading = Reading(self._owner, self._job, self._resources.settings)
        readings = await asyncio.to_thread(reading.read, lines, self._resources.clock())
        for place, error in (await self._accept(readings)).items():
            readings.refused[place] = refusal(lines[place], error)
        refused = [readings.refused[place] for place in sorted(readings.refused)]
        await self._count(len(lines) - readings.passed, refused)
        return refused

    async def end(self) -> None:
        """No more lines come."""
        await self._jobs.end(self._job)

    async def state(self) -> BulkJob:
        """How far it has come."""
        return await self._jobs.get(self._owner, self.name)

    async def _count(self, received: int, refused: Sequence[LineError]) -> None:
        """Where nothing was refused, what is accepted tells enough: it was counted with the events."""
        try:
            await self._jobs.count(self._job, received, refused)
        except Unavailable:
            if refused:
                raise

    async def _accept(self, readings: Readings) -> Mapping[int, MnemeError]:
        give_up, pause_s = time.monotonic() + _GIVE_UP_S, _PAUSE_S
        while readings.events:
            try:
                return await accept_each(self._resources, readings.events)
            except (TooManyRequests, Unavailable) as busy:
                if time.monotonic() > give_up:
                    raise
                log.debug("bulk.held_back", reason=busy.message, wait_s=pause_s)
            await asyncio.sleep(pause_s)
            with suppress(Unavailable):
                await self._jobs.expect(self._job)
            pause_s = min(_PAUSE_MAX_S, 2 * pause_s)
        return {}
