"""Sweep: shards that have events and no owner, because one died or a wake-up was lost, are woken."""

from contextlib import suppress
from typing import Any

import structlog

from core.resources import Resources
from schemas.errors import LeaseLost, Unavailable

log = structlog.get_logger()


async def sweep(ctx: dict[str, Any]) -> int:
    """arq cron function; gives how many shards were woken. What a dead maintenance promised to tell is told, and what nobody will be."""
    resources: Resources = ctx["resources"]
    unowned = await resources.mailbox.unowned()
    for shard in unowned:
        await resources.mailbox.wake(shard)
    if unowned:
        log.info("shards.woken", shards=unowned)
    for shard in await resources.mailbox.untold():
        with suppress(Unavailable, LeaseLost):
            await _tell(shard, resources, ctx["name"])
    if dropped := await resources.mailbox.dropped():
        advice = "brokers or webhooks were away for longer than MNEME_OUTBOX_MAX bridges: who reads them has missed so many"
        log.warning("outbox.dropped", events=dropped, advice=advice)
    return len(unowned)


async def _tell(shard: int, resources: Resources, name: str) -> None:
    """Tell what maintenance has promised; if it lives, it ends its commit first and leaves nothing to tell."""
    async with resources.mailbox.commit_lock(shard, name, resources.settings.lease_s) as holder:
        await resources.mailbox.tell(shard, holder)
