"""Schedule: which job is due, by the settings; each of its turns is begun once, whatever number of tenders look."""

import math
from collections.abc import Awaitable
from datetime import datetime
from typing import Any, cast

from core.redis import patiently
from core.resources import Resources
from core.settings import Settings
from schemas.ids import event_id
from schemas.maintenance import Job, Order
from workers.maintenance.runs import resume

_TURNS = "mneme:maintenance:turns"
"""Hash: job -> the last turn that was begun."""
_HOUR_S = 3_600


def every_h(job: Job, settings: Settings) -> float:
    """How many hours lie between two turns of a job; 0 where it only runs when ordered."""
    return {
        Job.IMPORTANCE: settings.importance_every_h,
        Job.LINKS: settings.links_every_h,
        Job.PRUNING: settings.pruning_every_h,
        Job.SUMMARIZATION: settings.summaries_every_h,
        Job.UPKEEP: settings.upkeep_every_h,
    }.get(job, 0.0)


def turn(job: Job, settings: Settings, now: datetime) -> str | None:
    """The turn a job is in: another word whenever it is due again; None for one that never is."""
    hours = every_h(job, settings)
    if not hours:
        return None
    return f"{hours:g}/{math.floor((now.timestamp() - settings.maintenance_hour * _HOUR_S) / (hours * _HOUR_S))}"


async def schedule(ctx: dict[str, Any]) -> int:
    """arq cron function: begin what is due, wake what waits; gives how many runs were begun or woken.

    A turn that nobody was there for is made up for as soon as a tender looks, once. What was never begun waits for its next turn: a
    new install has nothing to be tended, and something else to do.
    """
    resources: Resources = ctx["resources"]
    begun = 0
    for job in Job:
        due = turn(job, resources.settings, resources.clock())
        if due is not None:
            begun += await _begin(job, due, resources)
    return begun + await resume(resources)


async def _begin(job: Job, due: str, resources: Resources) -> bool:
    """Two tenders may both come this far: the run's id derives from its turn."""
    redis = resources.redis
    last = await patiently(lambda: cast(Awaitable[bytes | None], redis.hget(_TURNS, job.value)))
    if last is None:  # it has missed nothing yet
        await patiently(lambda: cast(Awaitable[int], redis.hsetnx(_TURNS, job.value, due)))
    if last is None or last == due.encode():
        return False
    await resources.jobs.start(Order(job=job, owner=None), slot=event_id("schedule", f"{job}/{due}"))
    await patiently(lambda: cast(Awaitable[int], redis.hset(_TURNS, job.value, due)))
    return True
