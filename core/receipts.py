"""Receipts: what became of an accepted event, to be looked up, listed, or waited for."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import orjson
import structlog
from redis.asyncio import Redis

from core.mailbox.keys import INDEX, REPLY
from core.mailbox.record import read_closed, read_receipts
from core.mailbox.scripts import Scripts
from core.redis import patiently, redis_errors
from core.settings import Settings
from schemas.errors import NotFound, NotInTime, Unavailable
from schemas.receipt import Receipt, ReceiptStatus

log = structlog.get_logger()

_LOOK_S = 1.0
"""How often whoever waits looks for itself, in case a message was lost."""
_CHUNK = 500
"""Receipts read at a time."""
_PRUNE = 1_000
"""Most expired receipts taken off a list at a time."""

Waiting = Callable[[float], Awaitable[list[Receipt]]]


@dataclass(eq=False, slots=True)
class _Wait:
    """One caller, waiting for all of `open`."""

    open: set[str]
    told: asyncio.Event = field(default_factory=asyncio.Event)


class Receipts:
    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._scripts = Scripts(redis)
        self._waits_max = settings.waits_max
        self._waits: dict[str, set[_Wait]] = {}
        self._waiting = 0
        self.reply_to = secrets.token_hex(8)
        """This process' name for those who close receipts: goes into `Event.reply_to`."""

    async def get(self, owner: str, event_id: str) -> Receipt | None:
        """The receipt, if it is this owner's."""
        [receipt] = await read_receipts(self._redis, [event_id])
        return receipt if receipt is not None and receipt.owner == owner else None

    async def page(
        self, owner: str, offset: int, limit: int, statuses: Collection[ReceiptStatus] | None = None
    ) -> tuple[list[Receipt], int]:
        """The owner's receipts, last accepted first, and how many there are in all; of the newest `receipts_max`."""
        if not owner:
            return [], 0
        total = int(await self._scripts.run("prune", [owner, _PRUNE]))
        if statuses is None:
            return await self._listed(owner, offset, offset + limit), total
        found = [receipt for receipt in await self._listed(owner, 0, total) if receipt.status in statuses]
        return found[offset : offset + limit], len(found)

    async def wait(self, event_id: str, owner: str, timeout_s: float) -> Receipt:
        """The closed receipt. Raises NotFound, NotInTime, and Unavailable when too many wait already."""
        async with self.expect([event_id]) as waiting:
            receipt = await self.get(owner, event_id)
            if receipt is None:
                raise NotFound(f"there is no event {event_id}")
            if receipt.status.closed:
                return receipt
            return (await waiting(timeout_s))[0]

    @asynccontextmanager
    async def expect(self, event_ids: Sequence[str]) -> AsyncIterator[Waiting]:
        """Register before the events are accepted, so that no outcome is missed; then `await waiting(timeout_s)` inside.

        That gives the closed receipts in order, or raises NotInTime. Raises Unavailable when `waits_max` callers wait already.
        """
        if self._waiting >= self._waits_max:
            raise Unavailable("too many requests wait for their outcome", retry_after_s=1)
        wait = _Wait(set(event_ids))
        self._waiting += 1
        for event_id in wait.open:
            self._waits.setdefault(event_id, set()).add(wait)
        try:
            yield lambda timeout_s: self._wait(wait, event_ids, timeout_s)
        finally:
            self._waiting -= 1
            self._unregister(wait, event_ids)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Hear about closed receipts over one connection, made again when it breaks. Without it, waits look once a second."""
        ready = asyncio.Event()
        task = asyncio.create_task(self._listen(ready))
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_S):
                    await ready.wait()
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def _listed(self, owner: str, start: int, end: int) -> list[Receipt]:
        if end <= start:
            return []
        members = await patiently(lambda: self._redis.zrevrange(INDEX + owner, start, end - 1))
        ids = [member.decode() for member in members]
        found: list[Receipt] = []
        for first in range(0, len(ids), _CHUNK):
            read = await read_receipts(self._redis, ids[first : first + _CHUNK])
            found += [receipt for receipt in read if receipt is not None and receipt.owner == owner]
        return found

    async def _wait(self, wait: _Wait, event_ids: Sequence[str], timeout_s: float) -> list[Receipt]:
        give_up = time.monotonic() + timeout_s
        closed: dict[str, Receipt] = {}
        while wait.open:
            left_s = give_up - time.monotonic()
            if left_s <= 0:
                late = next(event_id for event_id in event_ids if event_id in wait.open)
                raise NotInTime("accepted, but not processed in time; its receipt will say what became of it", event_id=late)
            with suppress(TimeoutError):
                async with asyncio.timeout(min(_LOOK_S, left_s)):
                    await wait.told.wait()
            wait.told.clear()
            with suppress(Unavailable):
                closed |= {receipt.event_id: receipt for receipt in await read_closed(self._redis, sorted(wait.open))}
            wait.open -= closed.keys()
        return [closed[event_id] for event_id in event_ids]

    def _unregister(self, wait: _Wait, event_ids: Iterable[str]) -> None:
        for event_id in set(event_ids):
            self._waits[event_id].discard(wait)
            if not self._waits[event_id]:
                del self._waits[event_id]

    def _tell(self, event_ids: Iterable[str]) -> None:
        for event_id in event_ids:
            for wait in self._waits.get(event_id, ()):
                wait.told.set()

    async def _listen(self, ready: asyncio.Event) -> None:
        pause_s = 0.05
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=True) as channel:
                    with redis_errors():
                        await channel.subscribe(REPLY + self.reply_to)
                        ready.set()
                        self._tell(list(self._waits))  # what was said while nobody listened
                        pause_s = 0.05
                        while True:
                            message = await channel.get_message(timeout=_LOOK_S)
                            if message is not None:
                                self._tell(orjson.loads(message["data"]))
            except Unavailable as error:
                log.warning("receipts.unheard", error=error.message, wait_s=pause_s)
            await asyncio.sleep(pause_s)
            pause_s = min(2.0, 2 * pause_s)
