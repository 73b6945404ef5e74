"""Runs: reports of maintenance that name memories with their words, and orders that name the user."""

from collections.abc import AsyncIterator
from functools import partial

from core.mailbox.jobs import RUN
from core.redis import patiently
from core.scanning import pages
from core.store.runs import Runs
from schemas.maintenance import Run
from workers.erasure.place import Place, Whose


async def _holds(whose: Whose) -> dict[str, int]:
    stored = sum([_with_words(run, whose) async for run in Runs(whose.resources.store).each(whose.owner)])
    return {"maintenance_reports": stored + sum([_with_words(run, whose) async for run in _in_redis(whose)])}


async def _erase(whose: Whose) -> None:
    """A run that was ordered for the user goes as a whole; of others the report loses what it says of the user's memories."""
    runs, redis = Runs(whose.resources.store), whose.resources.redis
    found = [run async for run in runs.each(whose.owner) if _with_words(run, whose)]
    for run in found:
        await (runs.drop(run.id) if _ordered_for(run, whose) else runs.put(_without(run, whose)))
    async for run in _in_redis(whose):
        if _ordered_for(run, whose) and _with_words(run, whose):
            await patiently(partial(redis.delete, RUN + run.id))
        elif _with_words(run, whose):
            await patiently(partial(redis.set, RUN + run.id, _without(run, whose).model_dump_json(), keepttl=True, xx=True))


async def _in_redis(whose: Whose) -> AsyncIterator[Run]:
    """Those that are closed; one under way leaves out by itself whoever was erased meanwhile."""
    async for keys in pages(whose.resources.redis, RUN):
        for body in await patiently(partial(whose.resources.redis.mget, keys)):
            if body is not None and (run := Run.model_validate_json(body)).status.closed:
                yield run


def _with_words(run: Run, whose: Whose) -> bool:
    if not run.status.closed or not whose.is_old(run.created_at):
        return False
    return _names(run, whose) or any(one.memory_id in whose.ids for one in run.report.candidates)


def _names(run: Run, whose: Whose) -> bool:
    return _ordered_for(run, whose) or (run.order.owner == whose.owner and whose.user in run.order.users)


def _ordered_for(run: Run, whose: Whose) -> bool:
    return (run.order.owner, run.order.user) == (whose.owner, whose.user)


def _without(run: Run, whose: Whose) -> Run:
    candidates = tuple(one for one in run.report.candidates if one.memory_id not in whose.ids)
    users = tuple(user for user in run.order.users if (run.order.owner, user) != (whose.owner, whose.user))
    report = run.report.model_copy(update={"candidates": candidates, "truncated": True})
    return run.model_copy(update={"report": report, "order": run.order.model_copy(update={"users": users})})


RUNS = Place(holds=_holds, erase=_erase, tables=("runs",), keys=(RUN,))
