"""`mneme owner`: the accounts, their plans and what they have used of them."""

from collections.abc import Sequence
from pathlib import Path

import typer

from cli.doors import open_redis_if_any, open_store, settings_of, wait_for
from cli.refusal import Refused
from cli.table import lay_out
from core.limits import Limits
from core.settings import Settings
from core.store.keys import Keys, Owner
from core.store.reader import Reader
from schemas.errors import NotFound
from schemas.plan import INSTALLS, PLANS, Usage, Used


def list_all(data: Path | None) -> None:
    """Prints a line an owner."""
    rows = [(owner.id, owner.plan, f"{owner.created_at:%Y-%m-%d}") for owner in wait_for(_owners(settings_of(data)))]
    typer.echo(lay_out(("owner", "plan", "made"), rows))


def set_plan(data: Path | None, owner: str, plan: str) -> None:
    """Puts an owner on a plan. Raises NotFound, and Refused for a plan there is not."""
    if plan not in (INSTALLS, *PLANS):
        raise Refused(f"there is no plan {plan}: it is one of {', '.join((INSTALLS, *PLANS))}")
    wait_for(_set_plan(settings_of(data), owner, plan))
    typer.echo(f"{owner} is on the plan {plan}")


def usage(data: Path | None, owner: str) -> None:
    """Prints what the owner has used. Raises NotFound, and Refused while the embedded Redis, which counts, is not running."""
    used = wait_for(_usage(settings_of(data), owner))
    rows = [_row(name, of) for name, of in (("memories", used.memories), ("searches", used.searches), ("tokens", used.tokens))]
    typer.echo(f"plan: {used.plan}")
    typer.echo(lay_out(("what", "used", "limit", "window", "begins anew"), rows))


async def _owners(settings: Settings) -> Sequence[Owner]:
    async with open_store(settings) as store:
        return await Keys(store).owners()


async def _set_plan(settings: Settings, owner: str, plan: str) -> None:
    async with open_store(settings) as store:
        await Keys(store).set_plan(owner, plan)


async def _usage(settings: Settings, owner: str) -> Usage:
    async with open_redis_if_any(settings) as redis, open_store(settings) as store:
        keys = Keys(store)
        if redis is None:
            raise Refused(f"nothing runs on {settings.data_dir.resolve()}; start it first: mneme up")
        if await keys.find_owner(owner) is None:
            raise NotFound(f"there is no owner {owner}; `mneme owner list` shows them")
        return await Limits(redis, settings, keys, Reader(store)).usage(owner)


def _row(name: str, of: Used) -> tuple[str, ...]:
    anew = f"{of.resets_at:%Y-%m-%d %H:%M} UTC" if of.resets_at and of.limit is not None else "-"
    return name, str(of.used), "-" if of.limit is None else str(of.limit), of.window or "-", anew
