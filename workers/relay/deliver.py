"""Deliver: what waits for one webhook is sent to it, several at once, until nothing is due or it does not take them."""

import asyncio
import random
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
import structlog

from core.mailbox.place import place
from core.resources import Resources
from core.settings import Settings
from core.webhooks.deliveries import Due
from core.webhooks.posting import Answer, Post
from core.webhooks.signature import DELIVERY, HEADER, sign
from schemas.errors import LeaseLost, NotFound, Unavailable
from schemas.ids import new_id
from schemas.webhook import Delivery, DeliveryStatus, Webhook

log = structlog.get_logger()

_SLICE_S = 10.0
"""How long a busy webhook is served before others get a turn."""


async def deliver(ctx: dict[str, Any], webhook_id: str) -> int:
    """arq function: send what is due, unless somebody is at it; gives how many were taken. Wakes itself for what is due later."""
    resources: Resources = ctx["resources"]
    try:
        async with place(resources.redis, f"webhook:{webhook_id}", f"{ctx['name']}/{new_id()}", resources.settings.lease_s) as ours:
            if not ours:
                return 0
            taken = await _deliver(webhook_id, resources, ctx["post"])
        if (again_at := await resources.deliveries.next_at(webhook_id)) is not None:
            await resources.couriers.wake(webhook_id, at=again_at)
    except (LeaseLost, Unavailable) as error:
        log.warning("webhook.left", webhook=webhook_id, error=error.message)
        return 0
    return taken


async def redeliver(ctx: dict[str, Any]) -> int:
    """arq cron function: wake what has something due and nobody at it, because its courier died. Gives how many were woken."""
    resources: Resources = ctx["resources"]
    woken, now = 0, resources.clock()
    for webhook_id in await resources.deliveries.busy():
        due = await resources.deliveries.next_at(webhook_id)
        if due is not None and due <= now:
            await resources.couriers.wake(webhook_id)
            woken += 1
    return woken


async def _deliver(webhook_id: str, resources: Resources, post: Post) -> int:
    settings, deliveries = resources.settings, resources.deliveries
    try:
        webhook = await resources.webhooks.find(webhook_id)
    except NotFound:
        await deliveries.forget(webhook_id)
        return 0
    taken, ends = 0, time.monotonic() + _SLICE_S
    while time.monotonic() < ends and (due := await deliveries.due(webhook_id, settings.webhook_concurrency)):
        delivered = await _send_all(webhook, due, resources, post)
        taken += delivered
        if not delivered:
            await deliveries.rest(webhook_id, resources.clock() + timedelta(seconds=settings.webhook_retry_base_s))
    return taken


async def _send_all(webhook: Webhook, due: Sequence[Due], resources: Resources, post: Post) -> int:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_send(webhook, one, resources, post)) for one in due]
    return sum(task.result() for task in tasks)


async def _send(webhook: Webhook, due: Due, resources: Resources, post: Post) -> bool:
    body = orjson.dumps(due.delivery.body)
    at_s = int(resources.clock().timestamp())
    headers = {HEADER: sign(webhook.secret, body, at_s), DELIVERY: due.delivery.id, "X-Mneme-Webhook": webhook.id}
    answer = await post(webhook.url, body, headers)
    became = after(due.delivery, answer, resources.clock(), resources.settings)
    await resources.deliveries.settle(webhook.id, due, became)
    if became.status is DeliveryStatus.FAILED:
        log.warning("webhook.given_up", webhook=webhook.id, delivery=became.id, attempts=became.attempts, error=became.error)
    return answer.taken


def after(delivery: Delivery, answer: Answer, now: datetime, settings: Settings) -> Delivery:
    """What a delivery is after a try."""
    attempts = delivery.attempts + 1
    tried = delivery.model_copy(
        update={"attempts": attempts, "tried_at": now, "answer": answer.status, "error": answer.error, "next_at": None}
    )
    if answer.taken:
        return tried.model_copy(update={"status": DeliveryStatus.DELIVERED})
    if now - (delivery.since or delivery.created_at) >= timedelta(seconds=settings.webhook_retry_s):
        return tried.model_copy(update={"status": DeliveryStatus.FAILED})
    ceiling_s = min(settings.webhook_retry_max_s, settings.webhook_retry_base_s * 2.0 ** min(attempts - 1, 20))
    return tried.model_copy(update={"next_at": now + timedelta(seconds=ceiling_s * random.uniform(0.5, 1.0))})
