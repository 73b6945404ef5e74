"""`mneme webhooks`: who is told of what happens, what was delivered, and what could not be sent again."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import typer

from cli.doors import open_redis_if_any, open_store, settings_of, wait_for
from cli.refusal import Refused
from cli.table import lay_out
from core.mailbox.couriers import Couriers
from core.settings import Settings
from core.store.records import Records
from core.webhooks.deliveries import Deliveries
from core.webhooks.registry import Webhooks
from schemas.errors import Conflict, NotFound
from schemas.webhook import Delivery, DeliveryStatus, Webhook

FAILED = "failed"
_ALL = 1_000_000


def list_all(data: Path | None) -> None:
    """Prints a line a webhook."""
    rows = [_row(webhook, counts) for webhook, counts in wait_for(_list(settings_of(data)))]
    typer.echo(lay_out(("id", "owner", "name", "url", "events", "waiting", "dropped"), rows) if rows else "no webhooks")


def deliveries(data: Path | None, webhook_id: str, limit: int) -> None:
    """Prints what waits, then what is over, the newest first. Raises NotFound."""
    found = wait_for(_deliveries(settings_of(data), webhook_id, limit))
    headings = ("id", "event", "status", "attempts", "last try", "next try", "answer")
    typer.echo(lay_out(headings, map(_delivery_row, found)) if found else "no deliveries")


def replay(data: Path | None, webhook_id: str, ids: list[str]) -> None:
    """Sends deliveries that are over once more; `failed` stands for all that were given up. Raises NotFound."""
    typer.echo(f"{wait_for(_replay(settings_of(data), webhook_id, ids))} on their way again")


async def _list(settings: Settings) -> list[tuple[Webhook, dict[str, int]]]:
    async with _opened(settings) as (webhooks, deliveries, _):
        return [(webhook, await deliveries.counts(webhook.id)) for webhook in await webhooks.all()]


async def _deliveries(settings: Settings, webhook_id: str, limit: int) -> list[Delivery]:
    async with _opened(settings) as (webhooks, deliveries, _):
        return await deliveries.page((await webhooks.find(webhook_id)).id, limit)


async def _replay(settings: Settings, webhook_id: str, ids: list[str]) -> int:
    async with _opened(settings) as (webhooks, deliveries, couriers):
        webhook = await webhooks.find(webhook_id)
        if ids == [FAILED]:
            found = await deliveries.page(webhook.id, _ALL)
            ids = [delivery.id for delivery in reversed(found) if delivery.status is DeliveryStatus.FAILED]
        count = 0
        for delivery_id in ids:
            try:
                await deliveries.replay(webhook.id, delivery_id)
                count += 1
            except (NotFound, Conflict) as error:
                typer.echo(f"mneme: {delivery_id}: {error}", err=True)
        await couriers.wake(webhook.id)
        return count


@asynccontextmanager
async def _opened(settings: Settings) -> AsyncIterator[tuple[Webhooks, Deliveries, Couriers]]:
    async with open_redis_if_any(settings) as redis, open_store(settings) as store:
        if redis is None:
            raise Refused(f"nothing runs on {settings.data_dir.resolve()}; start it first: mneme up")
        yield Webhooks(Records(store), redis), Deliveries(redis, settings), Couriers(redis)


def _row(webhook: Webhook, counts: dict[str, int]) -> tuple[str, ...]:
    events = ",".join(webhook.event_types)
    return webhook.id, webhook.owner, webhook.name, webhook.url, events, str(counts["waiting"]), str(counts["dropped"])


def _delivery_row(delivery: Delivery) -> tuple[str, ...]:
    last, following = (f"{at:%Y-%m-%d %H:%M:%S}" if at else "-" for at in (delivery.tried_at, delivery.next_at))
    answer = delivery.error or str(delivery.answer or "-")
    return delivery.id, delivery.type, delivery.status, str(delivery.attempts), last, following, answer[:120]
