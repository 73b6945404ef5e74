"""Upkeep: fragments merged, indices brought up to date, old versions let go; shard by shard, beside the shard's commits."""

import asyncio
import time
from datetime import timedelta
from functools import partial
from typing import Any

import structlog

from core.logging import told
from core.memory import give_back
from core.resources import Resources
from core.store.runs import Runs
from core.store.tending import Tender
from core.store.upkeep import Upkeep
from schemas.errors import MnemeError, Unavailable
from workers.maintenance.running import Running
from workers.maintenance.tended import in_turn, tending

log = structlog.get_logger()


async def tend(ctx: dict[str, Any]) -> int:
    """arq cron function: run upkeep where it is due; gives how many shards were tended. Nothing to do while earlier calls are at it."""
    upkeep: Upkeep = ctx["upkeep"]  # one for all calls: it remembers what was tended when, and arq's `ctx` is a copy
    if upkeep.visitors.locked():
        return 0
    async with upkeep.visitors:
        tended = await _visit(upkeep, ctx["resources"], ctx["name"])
    if tended:
        await asyncio.to_thread(give_back)
    return tended


async def _visit(upkeep: Upkeep, resources: Resources, name: str) -> int:
    tended = 0
    for shard in range(resources.settings.shards):
        if await upkeep.due(shard):
            tended += await _tend(shard, upkeep, resources, name)
    if await upkeep.control_due():
        await _tend_control(upkeep)
    return tended


async def tidy(running: Running) -> None:
    """The job `upkeep`: every shard compacted now, and what can't be undone any more forgotten."""
    resources = running.resources
    upkeep, oldest = Upkeep(resources.store), running.now() - timedelta(days=resources.settings.undo_days)
    for shard in range(resources.settings.shards):
        lock = partial(resources.mailbox.commit_lock, shard, running.name, resources.settings.lease_s)
        async with lock():
            running.counts["undo_records_dropped"] += await Tender(resources.store, shard).forget_journal(oldest)
        async with in_turn(resources, shard, running.name):
            report = await upkeep.run(shard, lock)
        running.counts["shards"] += 1
        running.counts.update({name: int(done) for name, done in report.items() if name != "duration_ms"})
        await running.tell()
    await Runs(resources.store).drop_before(oldest)
    await upkeep.run_control()


async def _tend(shard: int, upkeep: Upkeep, resources: Resources, name: str) -> int:
    """Whether it was ours to tend, and is."""
    started = time.monotonic()
    try:
        async with tending(resources, shard, name) as ours:
            if not ours:
                return 0
            report = await upkeep.run(shard, partial(resources.mailbox.commit_lock, shard, name, resources.settings.lease_s))
    except (MnemeError, TimeoutError, OSError) as error:
        log.warning("shard.untended", shard=shard, error=told(error), later=isinstance(error, Unavailable))
        return 0
    waited_ms = round((time.monotonic() - started) * 1000 - report["duration_ms"])
    log.info("shard.tended", shard=shard, waited_ms=waited_ms, **report)
    return 1


async def _tend_control(upkeep: Upkeep) -> None:
    try:
        report = await upkeep.run_control()
    except (MnemeError, TimeoutError, OSError) as error:
        log.warning("control.untended", error=told(error))
    else:
        log.info("control.tended", **report)
