"""Brokers: lifecycle events, published on each broker that the settings name."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from core.bus.bus import Bus
from core.bus.delivery import Notice
from core.bus.opening import make_bus, urls_of
from core.lifecycle import Told
from core.mailbox.telling import encode_told
from core.settings import Settings
from workers.relay.relaying import HandOn, Road


def broker_roads(settings: Settings) -> dict[str, Road]:
    """Reader's name -> what publishes; {} where no broker is named."""
    if not settings.broker_urls:
        return {}
    return {f"broker:{name}": partial(_publishing, name, url, settings) for name, url in urls_of(settings).items()}


@asynccontextmanager
async def _publishing(name: str, url: str, settings: Settings) -> AsyncIterator[HandOn]:
    bus: Bus = make_bus(name, url, settings)
    async with bus.publishing() as publish:

        async def hand_on(events: Sequence[Told]) -> None:
            await publish([_notice(told) for told in events])

        yield hand_on


def _notice(told: Told) -> Notice:
    event = told.event
    return Notice(id=event.id, kind=event.kind, key=event.memory_id or event.event_id, body=encode_told(event))
