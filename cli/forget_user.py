"""`mneme forget-user`: a user erased from everywhere, followed to its end, and what the scan in the end has found."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import typer
from redis.asyncio import Redis

from cli.doors import open_redis_if_any, open_store, settings_of, wait_for
from cli.refusal import Refused
from cli.table import lay_out
from core.clock import system_clock
from core.mailbox import Mailbox
from core.mailbox.record import read_receipts
from core.mailbox.wake import ArqWake
from core.settings import Settings
from core.store.keys import Keys
from core.store.records import Records
from schemas.erasure import KIND, UNVOUCHED, Erasure, ErasureStatus, Scan
from schemas.errors import NotFound
from schemas.event import UserErased
from schemas.scope import Scope

_LOOK_S = 0.2


@dataclass(frozen=True, slots=True)
class _Doors:
    redis: Redis
    mailbox: Mailbox
    keys: Keys
    records: Records


def run(data: Path | None, user: str, owner: str, *, now: bool, sure: bool, wait_s: float) -> bool:
    """Erases, waits and prints; whether nothing went wrong. Raises NotFound, and Refused while the embedded Redis is not running."""
    if not user.strip():
        raise Refused("name the user to erase")
    if not sure:
        typer.confirm(f"Erase everything of the user {user!r} of {owner}? It can't be taken back", abort=True)
    event = UserErased(scope=Scope(owner=owner, user=user), now=now, occurred_at=system_clock())
    return _show(event, wait_for(_erase(settings_of(data), event, wait_s)))


async def _erase(settings: Settings, event: UserErased, wait_s: float) -> Erasure | None:
    """As far as it has come after `wait_s`; None where nobody has begun. Without `now` the grace is not waited for."""
    async with _open(settings) as doors:
        if await doors.keys.find_owner(event.scope.owner) is None:
            raise NotFound(f"there is no owner {event.scope.owner}; `mneme owner list` shows them")
        await doors.mailbox.accept([event])
        give_up = time.monotonic() + wait_s
        while True:
            erasure = await _read(doors, event)
            if time.monotonic() > give_up or (erasure is not None and _is_over(erasure)):
                return erasure
            await asyncio.sleep(_LOOK_S)


def _is_over(erasure: Erasure) -> bool:
    return erasure.status is ErasureStatus.COMPLETE or (erasure.rewritten_at is not None and not erasure.now)


async def _read(doors: _Doors, event: UserErased) -> Erasure | None:
    record = await doors.records.get(KIND, event.scope.owner, event.id)
    if record is not None:
        return Erasure.model_validate_json(record.body)
    [receipt] = await read_receipts(doors.redis, [event.id])
    if receipt is not None and receipt.error:
        raise Refused(f"it failed: {receipt.error}; `mneme dead-letters list` shows it")
    return None


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[_Doors]:
    async with open_redis_if_any(settings) as redis:
        if redis is None:
            raise Refused(f"nothing runs on {settings.data_dir.resolve()}; start it first: mneme up")
        async with open_store(settings) as store:
            yield _Doors(redis, Mailbox(redis, settings, wake=ArqWake(redis)), Keys(store), Records(store))


def _show(event: UserErased, erasure: Erasure | None) -> bool:
    if erasure is None:
        typer.echo(f"erasure {event.id}: accepted, and not begun yet")
        return True
    typer.echo(f"erasure {erasure.id}: {erasure.status}")
    counts = [(name.replace("_", " "), str(count)) for name, count in erasure.counts.items()]
    typer.echo(lay_out(("what was found", "erased"), counts))
    if erasure.scan is None:
        typer.echo("nobody can read any of it any more; the files that held it go when no read can be under way that began before")
        return True
    return _show_scan(erasure, erasure.scan)


def _show_scan(erasure: Erasure, scan: Scan) -> bool:
    left = [f"{count} {name.replace('_', ' ')}" for name, count in scan.left.items() if count]
    left += [f"{scan.versions_left} old versions"] * bool(scan.versions_left) + list(scan.found)
    typer.echo(f"looked for {scan.texts} texts in {scan.files} files ({scan.bytes / 1e6:.1f} MB): {', '.join(left) or 'nothing found'}")
    if not scan.aof_rewritten:
        typer.echo("Redis could not be told to write its append-only file anew: run BGREWRITEAOF there")
    typer.echo(f"nobody here can vouch for: {'; '.join(UNVOUCHED)}")
    return erasure.clean
