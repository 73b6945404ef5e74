"""Maintenance on demand: ordered, waited for, reported. What takes longer than the wait goes on all the same."""

import time
from collections.abc import Sequence
from typing import Annotated

from fastapi import Path, Query

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.errors import MnemeError, RunNotInTime
from schemas.maintenance import Job, Order, Run, RunStatus
from schemas.wire.memory_layer.maintenance import AllDone, Done, Pruned, PruneRequest, Summarized, jobs_named, order_of, report, reports

router = json_router(prefix="/v1/memory", tag="Memory Layer")
JobType = Annotated[str, Path(description="pruning, summarization, link-optimization, importance-recalculation, or all.")]


@router.post("/summarize", summary="Summarise related memories", response_model=Summarized)
async def summarize(resources: Opened, caller: Caller) -> Json:
    """Clusters each end user's related memories and puts a summary in their place."""
    [run] = await _carried_out([Order(job=Job.SUMMARIZATION, owner=caller.owner)], resources)
    return Json(report(run))


@router.post("/prune", summary="Prune memories", response_model=Pruned)
async def prune(asked: Annotated[PruneRequest, Query()], resources: Opened, caller: Caller) -> Json:
    """Archives, or deletes, what is too old, of too little importance, or too many. `dry_run` shows it first."""
    [run] = await _carried_out([order_of(Job.PRUNING, caller.owner, asked)], resources)
    return Json(report(run))


@router.post("/maintenance/{job_type}", summary="Run a maintenance job", response_model=Done | AllDone)
async def maintain(job_type: JobType, resources: Opened, caller: Caller) -> Json:
    """One job, or `all` of them in sequence. Pruning keeps to the settings' limits, and to the API's defaults where they set none."""
    limits, least = _settings_limits(resources), resources.settings.prune_min_importance
    orders = [order_of(job, caller.owner, limits, least) for job in jobs_named(job_type)]
    runs = await _carried_out(orders, resources)
    return Json(report(runs[0]) if len(orders) == 1 else reports(runs))


async def _carried_out(orders: Sequence[Order], resources: Resources) -> list[Run]:
    """The runs, one after the other, all closed. Raises RunNotInTime: the rest are ordered then, too, and nobody waits for them."""
    runs: list[Run] = []
    give_up = time.monotonic() + resources.settings.wait_timeout_s
    for place, order in enumerate(orders):
        run = await resources.jobs.start(order)
        try:
            runs.append(_succeeded(await resources.jobs.wait(run.id, give_up - time.monotonic())))
        except RunNotInTime:
            for rest in orders[place + 1 :]:
                await resources.jobs.start(rest)
            raise
    return runs


def _succeeded(run: Run) -> Run:
    if run.status is RunStatus.FAILED:
        raise MnemeError(f"run {run.id} failed: {run.error}")
    return run


def _settings_limits(resources: Resources) -> PruneRequest:
    settings = resources.settings
    given = {
        "max_age_days": settings.prune_max_age_days,
        "max_memories": settings.prune_max_memories,
        "archive_only": settings.prune_archive_only,
    }
    return PruneRequest(**{name: value for name, value in given.items() if value is not None})
