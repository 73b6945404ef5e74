"""Taking: deliveries become events that are durable, or are refused for good; nothing in between is given up."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import TypeVar

import structlog

from core.bus.delivery import Delivery
from core.bus.redeliveries import Redeliveries
from core.keyring import Keyring
from core.logging import told
from core.resources import Resources
from ingest.each import accept_each, refusal_of
from ingest.received import Reading, identity
from schemas.errors import MnemeError, Poison, TooManyRequests, Unavailable
from schemas.event import MessagesReceived

log = structlog.get_logger()

Done = TypeVar("Done")
Refusals = list[MnemeError | None]

_PAUSE_S = 0.2
_PAUSE_MAX_S = 5.0


class Taking:
    """`core.bus.delivery.Take`. While a mailbox is full, or Redis or the store are away, it waits, with back-off."""

    def __init__(self, resources: Resources, keyring: Keyring) -> None:
        self._resources = resources
        self._reading = Reading(resources, keyring)
        self._redeliveries = Redeliveries(resources.redis)

    async def __call__(self, deliveries: Sequence[Delivery]) -> Sequence[MnemeError | None]:
        ids = [identity(delivery) for delivery in deliveries]
        again = [own for delivery, own in zip(deliveries, ids, strict=True) if delivery.again]
        worn_out = await self._patiently(partial(self._count, again), again)
        known: Refusals = [worn_out.get(own) for own in ids]
        refusals = await self._patiently(partial(self._take, deliveries, ids, known), again)
        if refused := [refusal for refusal in refusals if refusal is not None]:
            log.warning("queue.refused", messages=len(refused), first=told(refused[0]))
        log.debug("queue.accepted", messages=len(deliveries) - len(refused))
        await self._forget(again)
        return refusals

    async def _patiently(self, step: Callable[[], Awaitable[Done]], again: Sequence[str]) -> Done:
        """What the step gives, as soon as it can be had. What has to wait is not to blame for coming again."""
        pause_s = _PAUSE_S
        while True:
            try:
                return await step()
            except (TooManyRequests, Unavailable) as busy:
                log.warning("queue.held_back", reason=busy.message, wait_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(_PAUSE_MAX_S, 2 * pause_s)
            await self._forget(again)

    async def _forget(self, again: Sequence[str]) -> None:
        try:
            for own in again:
                await self._redeliveries.forget(own)
        except Unavailable:
            return

    async def _count(self, again: Sequence[str]) -> Mapping[str, MnemeError]:
        most = self._resources.settings.broker_attempts_max
        counts = {own: await self._redeliveries.count(own) for own in again}
        return {own: Poison(f"handed over {count} times again, and never accepted") for own, count in counts.items() if count > most}

    async def _take(self, deliveries: Sequence[Delivery], ids: Sequence[str], known: Refusals) -> Refusals:
        refusals = list(known)
        events: dict[int, MessagesReceived] = {}
        for place, delivery in enumerate(deliveries):
            if refusals[place] is None:
                try:
                    events[place] = await self._reading.event_of(delivery, ids[place])
                except Exception as error:
                    refusals[place] = refusal_of(error)
        for place, refusal in (await accept_each(self._resources, events)).items():
            refusals[place] = refusal
        return refusals
