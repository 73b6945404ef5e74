"""Webhooks: lifecycle events become deliveries to whoever asked for their kind."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from core.lifecycle import Told
from core.resources import Resources
from schemas.ids import event_id
from schemas.lifecycle import LifecycleEvent
from schemas.webhook import Delivery, Webhook
from schemas.wire.mem0.webhooks import bodies
from workers.relay.relaying import HandOn

WEBHOOKS = "webhooks"
"""The reader's name."""
_KNOWN_MAX = 10_000


@asynccontextmanager
async def to_webhooks(resources: Resources) -> AsyncIterator[HandOn]:
    """Puts deliveries in line and wakes who delivers them; the same event again adds nothing."""
    await resources.webhooks.announce_all()
    yield _FanOut(resources)


class _FanOut:
    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._known: dict[str, tuple[bytes | None, list[Webhook]]] = {}
        """owner -> its webhooks, and the version they were read at."""

    async def __call__(self, events: Sequence[Told]) -> None:
        owners: dict[str, list[LifecycleEvent]] = {}
        for told in events:
            owners.setdefault(told.event.owner, []).append(told.event)
        for owner, theirs in owners.items():
            for webhook in await self._webhooks(owner):
                await self._enqueue(webhook, theirs)

    async def _enqueue(self, webhook: Webhook, events: Sequence[LifecycleEvent]) -> None:
        now = self._resources.clock()
        if made := [delivery for event in events for delivery in deliveries(webhook, event, now)]:
            number, new = await self._resources.deliveries.enqueue(webhook.id, made)
            if new:
                await self._resources.couriers.wake(webhook.id, turn=number)

    async def _webhooks(self, owner: str) -> list[Webhook]:
        version = await self._resources.webhooks.version(owner)
        read_at, webhooks = self._known.get(owner, (None, []))
        if version is None or version != read_at:
            webhooks = await self._resources.webhooks.of(owner) if version is not None else []
            if len(self._known) >= _KNOWN_MAX:
                self._known.clear()
            self._known[owner] = (version, webhooks)
        return webhooks


def deliveries(webhook: Webhook, event: LifecycleEvent, now: datetime) -> list[Delivery]:
    """What the webhook is told of an event, in order."""
    return [
        Delivery(
            id=event_id(webhook.id, f"{event.id}/{kind}"),
            type=kind,
            about=event.memory_id or event.event_id,
            body=dict(body),
            user_id=event.user_id,
            created_at=now,
            since=now,
        )
        for kind, body in bodies(event)
        if kind in webhook.event_types
    ]
