"""Scrub: the files that hold an erased user's words are written anew, old ones let go, and all is looked through."""

import asyncio
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Any

from core import append_only, erased
from core.erased import Notes
from core.mailbox.record import read_receipts
from core.store.erasing import NAMES, drop_leftovers, drop_versions, rewrite
from schemas.erasure import KIND, Erasure, ErasureStatus
from schemas.errors import NotFound
from schemas.scope import shard_of
from workers.ending import to_the_end
from workers.erasure.looking import look
from workers.erasure.place import Whose
from workers.erasure.places import PLACES
from workers.erasure.rows import ROWS
from workers.erasure.runs import RUNS
from workers.maintenance.running import Later, Running
from workers.maintenance.tended import in_turn

_SHARED = ("runs", "records")
"""Tables of all shards that may have held the user's words."""
_LOOKS, _LOOK_S = 20, 0.05
_UNCLOSED_S = 5.0
_OPEN_COMMIT_S = 600.0
"""A file that no version names may be of a commit under way for so long."""


async def scrub(running: Running) -> None:
    """A run's job, in two steps with the grace of open reads between them. Cut short or run twice it ends the same."""
    erasure = await _erasure(running)
    notes = await erased.noted(running.resources.redis, erasure.id)
    if erasure.status is ErasureStatus.COMPLETE or notes is None:
        return
    await _wait_for_its_end(running, erasure)
    whose = Whose(
        resources=running.resources,
        owner=erasure.owner,
        user=notes["user"],
        accepted_at=erasure.accepted_at,
        ids=frozenset(notes["ids"]),
        erased_at=erasure.erased_at,
    )
    if await _erase_late(whose) or erasure.rewritten_at is None:
        erasure = await _rewrite(running, erasure)
    if running.now() < (due := _due(running, erasure)):
        raise Later(due)
    await _finish(running, erasure, notes, whose)


async def _erasure(running: Running) -> Erasure:
    order = running.order
    record = await running.resources.records.get(KIND, order.owner or "", order.erasure or "")
    if record is None:
        raise NotFound("there is no such erasure")
    return Erasure.model_validate_json(record.body)


async def _keep(running: Running, erasure: Erasure, **fields: Any) -> Erasure:
    erasure = erasure.model_copy(update=fields)
    await running.resources.records.put(KIND, erasure.owner, erasure.id, erasure.model_dump_json())
    return erasure


async def _wait_for_its_end(running: Running, erasure: Erasure) -> None:
    """The event that asked for it names the user, and goes from Redis with its closing."""
    for _ in range(_LOOKS):
        [receipt] = await read_receipts(running.resources.redis, [erasure.id])
        if receipt is None or receipt.status.closed:
            return
        await asyncio.sleep(_LOOK_S)
    raise Later(running.now() + timedelta(seconds=_UNCLOSED_S))


async def _erase_late(whose: Whose) -> bool:
    """What was under way when the user was erased, and has put words back. Gives whether a table was changed."""
    changed = any((await RUNS.holds(whose)).values())
    for place in PLACES:
        if place is not ROWS:
            await place.erase(whose)
    return changed


async def _rewrite(running: Running, erasure: Erasure) -> Erasure:
    resources, shard = running.resources, _shard(running, erasure)
    async with in_turn(resources, shard, running.name):
        async with _commit_lock(running, shard):  # an upkeep that lost its turn commits no index of words that are gone
            await to_the_end(resources.store.fence(shard))
        for name in NAMES.values():
            async with _commit_lock(running, shard):
                await to_the_end(rewrite(resources.store, name(shard)))
            running.counts["tables_rewritten"] += 1
            await running.tell()
    for table in _SHARED:
        await rewrite(resources.store, table)
        running.counts["tables_rewritten"] += 1
    return await _keep(running, erasure, rewritten_at=running.now())


def _due(running: Running, erasure: Erasure) -> datetime:
    """When no read can be under way any more that began before the tables were rewritten."""
    grace_s = 0.0 if erasure.now else running.resources.settings.erasure_grace_s
    return (erasure.rewritten_at or running.now()) + timedelta(seconds=grace_s)


async def _finish(running: Running, erasure: Erasure, notes: Notes, whose: Whose) -> None:
    redis = running.resources.redis
    versions = await _let_go(running, erasure)
    rewritten = await append_only.rewrite(redis)
    scan = (await look(whose, notes)).model_copy(update={"versions_left": versions, "aof_rewritten": rewritten})
    running.counts.update(texts_looked_for=scan.texts, files_read=scan.files, files_found=len(scan.found))
    await _keep(running, erasure, status=ErasureStatus.COMPLETE, completed_at=running.now(), scan=scan)
    await erased.forget_notes(redis, erasure.id)
    await append_only.rewrite(redis)  # the notes named the user


async def _let_go(running: Running, erasure: Erasure) -> int:
    """Old versions, and what no version names; gives how many versions are left that hold what was deleted."""
    resources, shard, left = running.resources, _shard(running, erasure), 0
    rewritten_at = erasure.rewritten_at or running.now()
    older_than_s = 2 * resources.settings.lease_s if erasure.now else _OPEN_COMMIT_S
    async with in_turn(resources, shard, running.name):
        for name in (name(shard) for name in NAMES.values()):
            async with _commit_lock(running, shard):
                left += await drop_versions(resources.store, name, rewritten_at, running.now())
                too_young_s = await drop_leftovers(resources.store, name, older_than_s)
            if too_young_s is not None:
                raise Later(running.now() + timedelta(seconds=too_young_s))
    return left + sum([await drop_versions(resources.store, table, rewritten_at, running.now()) for table in _SHARED])


def _commit_lock(running: Running, shard: int) -> AbstractAsyncContextManager[str]:
    return running.resources.mailbox.commit_lock(shard, running.name, running.resources.settings.lease_s)


def _shard(running: Running, erasure: Erasure) -> int:
    return shard_of(erasure.subject, running.resources.settings.shards)
