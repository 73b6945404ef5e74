"""`mneme stats`: memories stored and events waiting."""

from collections.abc import Mapping
from pathlib import Path

import typer

from cli.doors import open_redis_if_any, open_store, settings_of, wait_for
from cli.table import lay_out
from core.lifecycle import Waiting, waiting
from core.mailbox import Depth, Mailbox
from core.mailbox.wake import ArqWake
from core.settings import Settings
from core.store.keys import Keys
from core.store.reader import Reader
from schemas.search import Selection


def run(data: Path | None) -> None:
    """Prints a line an owner, and a line about what waits."""
    settings = settings_of(data)
    memories, depths, outbox = wait_for(_count(settings))
    typer.echo(lay_out(("owner", "memories"), [(owner, str(count)) for owner, count in memories.items()]))
    typer.echo()
    if depths is None or outbox is None:
        typer.echo("waiting events: unknown, Redis is not running (mneme up)")
        return
    typer.echo(_waiting(depths))
    typer.echo(f"lifecycle events: {outbox.events} on their way to brokers and webhooks, {outbox.dropped} dropped of late")


async def _count(settings: Settings) -> tuple[dict[str, int], Mapping[int, Depth] | None, Waiting | None]:
    async with open_redis_if_any(settings) as redis, open_store(settings) as store:
        reader = Reader(store)
        memories = {owner.id: await reader.count(Selection(owner=owner.id)) for owner in await Keys(store).owners()}
        if redis is None:
            return memories, None, None
        return memories, await Mailbox(redis, settings, wake=ArqWake(redis)).depth(), await waiting(redis)


def _waiting(depths: Mapping[int, Depth]) -> str:
    live, bulk = sum(depth.live for depth in depths.values()), sum(depth.bulk for depth in depths.values())
    oldest_s = max((depth.oldest_age_s or 0.0 for depth in depths.values()), default=0.0)
    busy = sum(depth.owned for depth in depths.values())
    size_mb = sum(depth.bytes for depth in depths.values()) / 1e6
    waits = f"{live} live, {bulk} bulk ({size_mb:.1f} MB), the oldest for {oldest_s:.1f} s"
    return f"waiting events: {waits}; {busy} of {len(depths)} shards have an owner now"
