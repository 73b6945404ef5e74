"""Jobs: maintenance ordered here is done by a tender. What must survive lies in Redis until the run is closed; arq only wakes."""

import asyncio
import time
from collections.abc import Awaitable, Sequence
from typing import cast

from arq.connections import ArqRedis
from redis.asyncio import Redis

from core.clock import Clock, system_clock
from core.mailbox.wake import deserialize, serialize
from core.redis import patiently, redis_errors
from core.settings import Settings
from core.store.runs import Runs
from schemas.errors import BadInput, NotFound, RunNotInTime, TooManyRequests
from schemas.maintenance import ORDERED_BY_US, Job, Order, Run

MAINTENANCE_QUEUE = "mneme:maintenance"
RUN = "mneme:run:"
"""+ run id: JSON of the run, with its progress; ends by its TTL once it is closed."""
OPEN = "mneme:runs:open"
"""Set: ids of the runs that are not closed."""
RUNS_MAX = 1_000
"""Most runs that wait or work at once; the schedule's are not refused."""
_EXPIRES_S = 600
_LOOKS_S = (0.02, 0.25)
"""First and longest pause between two looks at a run that is waited for."""


class Jobs:
    """Orders, and how they fare. `kept` has the runs that Redis no longer knows."""

    def __init__(self, redis: Redis, settings: Settings, kept: Runs, *, clock: Clock = system_clock) -> None:
        self._redis = redis
        self._settings = settings
        self._kept = kept
        self._clock = clock
        self._arq = ArqRedis(redis.connection_pool, serialize, deserialize, MAINTENANCE_QUEUE)

    async def start(self, order: Order, *, slot: str | None = None) -> Run:
        """The run of this order: durable when it returns. With a `slot`, an id for the schedule's turn or for who asks twice,
        it is made only once.

        Raises BadInput for an undo of what can't be taken back, NotFound for one of a run the owner does not have,
        TooManyRequests when too many runs wait; Unavailable.
        """
        await self._check(order)
        if slot is None:
            await self._check_room()
            run = Run(order=order, created_at=self._clock())
        else:
            run = Run(id=slot, order=order, created_at=self._clock(), trigger="schedule")
            run = await self._read(slot) or run
        if not run.status.closed:
            await self.keep(run)
            await self.wake(run.id)
        return run

    async def wake(self, run_id: str) -> None:
        """Ask a tender to take the run up. Asked again at once, nothing is added. Raises Unavailable."""
        job_id = f"run:{run_id}:{int(time.time() / self._settings.lease_s)}"
        with redis_errors():
            await self._arq.enqueue_job("run_job", run_id, _job_id=job_id, _expires=_EXPIRES_S)

    async def get(self, owner: str | None, run_id: str) -> Run:
        """The owner's run (anybody's where `owner` is None), as far as it has come. Raises NotFound."""
        run = await self._read(run_id) or await self._kept.get(run_id)
        if run is None or (owner is not None and run.order.owner != owner):
            raise NotFound("there is no such run")
        return run

    async def wait(self, run_id: str, timeout_s: float) -> Run:
        """The run once it is closed. Raises RunNotInTime when it is not by then: it goes on all the same."""
        give_up, (pause_s, longest_s) = time.monotonic() + timeout_s, _LOOKS_S
        while not (run := await self.get(None, run_id)).status.closed:
            if time.monotonic() > give_up:
                raise RunNotInTime("the maintenance takes longer; it goes on", run_id=run_id, retry_after_s=5)
            await asyncio.sleep(pause_s)
            pause_s = min(longest_s, 2 * pause_s)
        return run

    async def keep(self, run: Run) -> None:
        """Note how far a run has come; one that is closed is forgotten here after `receipt_ttl_s`."""
        await patiently(lambda: self._put(run))

    async def unfinished(self) -> Sequence[Run]:
        """Every run that is not closed, in order of their ids."""
        members = await patiently(lambda: cast(Awaitable[set[bytes]], self._redis.smembers(OPEN)))
        return [run for member in sorted(members) if (run := await self._read(member.decode())) is not None]

    async def _check(self, order: Order) -> None:
        if order.job is not Job.UNDO:
            return
        if not order.run:
            raise BadInput("an undo names the run to take back")
        undone = await self.get(order.owner, order.run)
        if undone.order.job in ORDERED_BY_US or not undone.status.closed:
            what = f"an {undone.order.job}" if undone.order.job in ORDERED_BY_US else "not closed"
            raise BadInput(f"run {undone.id} can't be taken back: it is {what}")

    async def _check_room(self) -> None:
        if await patiently(lambda: cast(Awaitable[int], self._redis.scard(OPEN))) >= RUNS_MAX:
            raise TooManyRequests("too much maintenance waits already", retry_after_s=60)

    async def _read(self, run_id: str) -> Run | None:
        text = await patiently(lambda: self._redis.get(RUN + run_id))
        return None if text is None else Run.model_validate_json(text)

    async def _put(self, run: Run) -> None:
        async with self._redis.pipeline(transaction=True) as pipe:
            pipe.set(RUN + run.id, run.model_dump_json(), ex=self._settings.receipt_ttl_s if run.status.closed else None)
            if run.status.closed:
                pipe.srem(OPEN, run.id)
            else:
                pipe.sadd(OPEN, run.id)
            await pipe.execute()
