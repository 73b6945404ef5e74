"""Runs: orders carried out, one at a time for each owner and job; what a dead tender left is taken up again."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any

import structlog
from redis.exceptions import RedisError

from core.logging import told
from core.mailbox.jobs import Jobs
from core.mailbox.place import holder, place
from core.resources import Resources
from core.store.runs import Runs
from schemas.errors import LeaseLost, MnemeError, NotFound, Unavailable
from schemas.ids import event_id, new_id
from schemas.maintenance import Job, Order, Run, RunStatus
from workers.maintenance.exports import make_export
from workers.maintenance.importance import recalculate
from workers.maintenance.links import optimize_links
from workers.maintenance.profiles import make_profiles
from workers.maintenance.pruning import prune
from workers.maintenance.restoration import bring_back_archived
from workers.maintenance.running import Later, Running
from workers.maintenance.scrubbing import scrub
from workers.maintenance.summaries import summarize
from workers.maintenance.undo import undo
from workers.maintenance.upkeep import tidy

log = structlog.get_logger()

JOBS = {
    Job.IMPORTANCE: recalculate,
    Job.LINKS: optimize_links,
    Job.PRUNING: prune,
    Job.SUMMARIZATION: summarize,
    Job.UPKEEP: tidy,
    Job.RESTORATION: bring_back_archived,
    Job.PROFILES: make_profiles,
    Job.EXPORT: make_export,
    Job.UNDO: undo,
    Job.ERASURE: scrub,
}
"""What carries out each job. workers/maintenance/schedule.py says when."""
AT_ONCE = 4
"""Most runs of one tender at a time; the others wait in Redis."""
ATTEMPTS_MAX = 10
"""A run that so many tenders died of is given up."""
_AGAIN_S = (2.0, 60.0)
"""First and longest pause before an interrupted run is taken up again."""


async def run_job(ctx: dict[str, Any], run_id: str) -> str:
    """arq function: carry out a run, if nobody else does and it is not done; gives its status."""
    resources: Resources = ctx["resources"]
    jobs = resources.jobs
    if ctx.setdefault("runs", 0) >= AT_ONCE:
        return "busy"
    ctx["runs"] += 1
    try:
        run = await jobs.get(None, run_id)
        async with place(resources.redis, place_of(run.order), f"{run_id}/{new_id()}", resources.settings.lease_s) as ours:
            return (await _carry_out(run_id, resources, ctx["name"])).status if ours else "waits"
    except (NotFound, LeaseLost, Unavailable) as error:
        log.warning("run.left", run=run_id, error=error.message)
        return "left"
    finally:
        ctx["runs"] -= 1


async def resume(resources: Resources) -> int:
    """Wake the runs that nobody works on: their tender died, or another run had their place. Gives how many."""
    woken, now = 0, resources.clock()
    for run in await resources.jobs.unfinished():
        if await holder(resources.redis, place_of(run.order)) is not None:
            continue
        if run.status is RunStatus.RUNNING:
            log.warning("run.interrupted", run=run.id, job=run.order.job, attempts=run.attempts)
            run = _interrupted(run, resources, "its tender died")
            await resources.jobs.keep(run)
        if run.not_before is not None and now < run.not_before:
            continue
        if run.status is RunStatus.PENDING or run.finished_at is None or now - run.finished_at >= _pause(run):
            await resources.jobs.wake(run.id)
            woken += 1
    return woken


def place_of(order: Order) -> str:
    """Of one job one run at a time for an owner, or for the users it names; of those for everybody one at a time whatever the job."""
    if order.users:
        return f"maintenance:{order.job}:{event_id(order.owner or '', chr(0).join(order.users))}"
    return f"maintenance:{order.job}:{order.owner}" if order.owner else "maintenance"


async def _carry_out(run_id: str, resources: Resources, name: str) -> Run:
    jobs, kept = resources.jobs, Runs(resources.store)
    run = await jobs.get(None, run_id)
    if run.status.closed or (run.not_before is not None and resources.clock() < run.not_before):
        return run
    if run.attempts >= ATTEMPTS_MAX:
        return await _close(run.becomes(RunStatus.FAILED, error=run.error or "it was interrupted too often"), resources)
    run = run.becomes(RunStatus.RUNNING, started_at=run.started_at or resources.clock(), attempts=run.attempts + 1, error=None)
    await jobs.keep(run)
    running = Running(resources, run, name)
    async with _ended_in_order(running):
        await kept.put(run)
        await running.begin()
        log.info("run.started", run=run.id, job=run.order.job, trigger=run.trigger, attempts=run.attempts)
        await JOBS[run.order.job](running)
        await running.leave_out_erased()
        return await _close(run.becomes(RunStatus.SUCCEEDED, report=running.report()), resources)
    return await jobs.get(None, run_id)


@asynccontextmanager
async def _ended_in_order(running: Running) -> AsyncIterator[None]:
    """What a run is when it does not get to its end: interrupted where trying again helps, failed where it does not."""
    run, resources = running.run.model_copy(), running.resources
    try:
        yield
    except asyncio.CancelledError:
        await asyncio.shield(_note(_interrupted(run, resources, "its tender was stopped"), resources.jobs))
        raise
    except LeaseLost:
        raise
    except Later as later:
        await _note(run.becomes(RunStatus.PENDING, not_before=later.moment, attempts=run.attempts - 1), resources.jobs)
    except (Unavailable, TimeoutError, OSError, RedisError) as error:
        log.warning("run.interrupted", run=run.id, job=run.order.job, error=told(error))
        await _note(_interrupted(run, resources, _name(error)), resources.jobs)
    except Exception as error:
        log.exception("run.failed", run=run.id, job=run.order.job)
        await _close(run.becomes(RunStatus.FAILED, report=running.report(), error=_name(error)), resources)


def _interrupted(run: Run, resources: Resources, why: str) -> Run:
    return run.becomes(RunStatus.INTERRUPTED, finished_at=resources.clock(), error=why)


async def _note(run: Run, jobs: Jobs) -> None:
    with suppress(Unavailable):
        await jobs.keep(run)


async def _close(run: Run, resources: Resources) -> Run:
    """Kept in the store first: Redis forgets it some day."""
    run = run.model_copy(update={"finished_at": resources.clock()})
    await Runs(resources.store).put(run)
    await resources.jobs.keep(run)
    log.info("run.ended", run=run.id, job=run.order.job, status=run.status, duration_ms=run.report.duration_ms, **run.report.counts)
    return run


def _pause(run: Run) -> timedelta:
    first_s, longest_s = _AGAIN_S
    return timedelta(seconds=min(longest_s, first_s * 2 ** (run.attempts - 1)))


def _name(error: Exception) -> str:
    return error.message if isinstance(error, MnemeError) else f"{type(error).__name__}: {error}"[:500]
