"""`mneme maintenance`: jobs ordered, looked at and taken back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from pydantic import ValidationError

from cli.doors import open_redis_if_any, open_store, settings_of, wait_for
from cli.refusal import Refused
from cli.table import lay_out
from core.mailbox.jobs import Jobs
from core.settings import Settings
from core.store.runs import Runs
from schemas.errors import RunNotInTime
from schemas.maintenance import ORDERED_BY_US, Job, Limits, Order, Run, RunStatus

_SHOWN = 50
"""Candidates and skipped memories that are printed; the run's record has more."""
_CONTENT = 80


@dataclass(frozen=True, slots=True)
class _Doors:
    jobs: Jobs
    runs: Runs


def run(data: Path | None, order: Order, wait_s: float) -> bool:
    """Orders a job, waits for its end and prints what it did; whether it succeeded, or goes on."""
    return _show(wait_for(_order(settings_of(data), order, wait_s)))


def undo(data: Path | None, run_id: str, wait_s: float) -> bool:
    """Takes a run back and prints what was restored and what was left."""
    return _show(wait_for(_undo(settings_of(data), run_id, wait_s)))


def list_all(data: Path | None, owner: str | None, limit: int) -> None:
    """Prints the runs, the newest first; those that wait or work before those that are done."""
    runs = wait_for(_list(settings_of(data), owner, limit))
    if not runs:
        typer.echo("no maintenance runs yet")
        return
    typer.echo(lay_out(("run", "ordered", "job", "owner", "user", "status", "what"), map(_row, runs)))


def order_of(job: str, owner: str | None, user: str | None, dry_run: bool, limits: Limits | None) -> Order:
    """Raises Refused for what can't be ordered here."""
    jobs = [one.value for one in Job if one not in ORDERED_BY_US]
    if job not in jobs:
        raise Refused(f"there is no job {job!r}; there are {', '.join(jobs)}, and `mneme maintenance undo RUN`")
    if user is not None and owner is None:
        raise Refused("--user wants --owner: users of two owners may have one name")
    if limits is not None and job != Job.PRUNING:
        raise Refused("limits are for pruning")
    return Order(job=Job(job), owner=owner, user=user, dry_run=dry_run, limits=limits)


def limits_of(max_age_days: float | None, min_importance: float | None, max_memories: int | None, *, delete: bool) -> Limits | None:
    """The limits given; None where none is. Raises Refused for one that can't be."""
    given = {"max_age_days": max_age_days, "min_importance": min_importance, "max_memories": max_memories}
    if all(value is None for value in given.values()) and not delete:
        return None
    try:
        return Limits(**given, archive_only=not delete)
    except ValidationError as invalid:
        raise Refused(
            "; ".join(f"--{str(problem['loc'][0]).replace('_', '-')}: {problem['msg']}" for problem in invalid.errors())
        ) from None


async def _order(settings: Settings, order: Order, wait_s: float) -> Run:
    async with _open(settings) as doors:
        return await _ended(doors.jobs, await doors.jobs.start(order), wait_s)


async def _undo(settings: Settings, run_id: str, wait_s: float) -> Run:
    async with _open(settings) as doors:
        undone = await doors.jobs.get(None, run_id)
        order = Order(job=Job.UNDO, owner=undone.order.owner, run=run_id)
        return await _ended(doors.jobs, await doors.jobs.start(order), wait_s)


async def _ended(jobs: Jobs, started: Run, wait_s: float) -> Run:
    try:
        return await jobs.wait(started.id, wait_s)
    except RunNotInTime:
        return await jobs.get(None, started.id)


async def _list(settings: Settings, owner: str | None, limit: int) -> list[Run]:
    async with _open(settings) as doors:
        open_ = [run for run in await doors.jobs.unfinished() if owner is None or run.order.owner == owner]
        known = {run.id for run in open_}
        return [*open_, *(run for run in await doors.runs.page(owner, limit) if run.id not in known)][:limit]


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[_Doors]:
    async with open_redis_if_any(settings) as redis:
        if redis is None:
            raise Refused(f"nothing runs on {settings.data_dir.resolve()}; start it first: mneme up")
        async with open_store(settings) as store:
            runs = Runs(store)
            yield _Doors(Jobs(redis, settings, runs), runs)


def _show(run: Run) -> bool:
    typer.echo(f"run {run.id}: {run.order.job}{', dry run' if run.order.dry_run else ''}, {run.status}")
    typer.echo(_counts(run))
    if run.error:
        typer.echo(run.error)
    if candidates := run.report.candidates[:_SHOWN]:
        typer.echo(lay_out(("memory", "reason", "content"), [(c.memory_id, c.reason, c.content[:_CONTENT]) for c in candidates]))
    if skipped := run.report.skipped[:_SHOWN]:
        typer.echo(lay_out(("left as it is", "why"), [(skip.memory_id, skip.reason) for skip in skipped]))
    if not run.status.closed:
        typer.echo("it goes on; `mneme maintenance list` shows how far it is")
    return run.status is not RunStatus.FAILED


def _row(run: Run) -> tuple[str, ...]:
    owner, user = run.order.owner or "everybody", run.order.user or ""
    job = f"{run.order.job}{' (dry run)' if run.order.dry_run else ''}"
    return run.id, f"{run.created_at:%Y-%m-%d %H:%M}", job, owner, user, run.status, run.error or _counts(run)


def _counts(run: Run) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in run.report.counts.items())
