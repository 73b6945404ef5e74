"""Intake: the durable way in. What it has accepted is worked off or named in the dead letters, whatever dies."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from typing import Any

import structlog
from redis.asyncio import Redis

from core.logging import told
from core.mailbox.entry import encode, is_barrier
from core.mailbox.record import decode_receipt
from core.mailbox.scripts import Argument, Part
from core.mailbox.together import Together
from core.settings import Settings
from schemas.errors import BadInput, Conflict, MnemeError, TooManyRequests
from schemas.event import Event
from schemas.receipt import Receipt
from schemas.scope import shard_of

log = structlog.get_logger()

Wake = Callable[[int], Awaitable[None]]

_CALL_EVENTS = 500
_CALL_BYTES = 8 * 1024 * 1024
"""Bounds of one script call, for as long as it runs Redis serves no one else."""
_SMALL_BYTES = 32 * 1024
"""Calls up to this share a round trip."""
_WOKEN_MS = 2_000
"""How long a wake-up is trusted to bring an owner before another is sent."""
_WAKE_TIMEOUT_S = 5
_RETRY_AFTER_S = 5
"""A full mailbox of 200,000 events is worked off in minutes, but has room again within seconds."""


class Intake(Part):
    def __init__(self, redis: Redis, settings: Settings, *, wake: Wake) -> None:
        super().__init__(redis, settings)
        self.shards = settings.shards
        self.wake = wake
        self._together = Together(redis, self._scripts["accept"])

    async def accept(self, events: Sequence[Event]) -> list[Receipt]:
        """The events' receipts, in order; the events are durable when it returns.

        All or none are accepted, over all their shards (so Redis Cluster can't be used), up to 500 events or 8 MB; more go in
        several steps. An event accepted before gives the receipt it has. Raises TooManyRequests when a shard or a subject has
        too many events, or bytes of them, waiting; Unavailable also for a Redis that is nearly full, Conflict for an id that is
        another owner's; sending the same again is safe after each.
        """
        await self._room.check()
        accepted = await self._accept([(event, "") for event in events])
        return [receipt for receipt in accepted if receipt is not None]

    async def _accept(self, events: Iterable[tuple[Event, str]]) -> list[Receipt | None]:
        """As `accept`; with each event the dead letter it comes from, or ''. None for a letter that is no longer there."""
        receipts: list[Receipt | None] = []
        shards: set[int] = set()
        try:
            for ids, args, size in list(_calls([(event, letter, encode(event)) for event, letter in events], self.shards)):
                receipts.extend(await self._call(ids, args, size, shards))
        except MnemeError as error:
            if receipts:
                error.message = f"{error.message} (the first {len(receipts)} events were accepted)"
                error.args = (error.message,)
            raise
        finally:
            await self._wake_all(shards)
        return receipts

    async def _call(self, ids: Sequence[str], args: Iterable[Argument], size: int, shards: set[int]) -> list[Receipt | None]:
        settings = self._settings
        bounds: list[Argument] = [settings.mailbox_max_events, settings.subject_max_events]
        bounds += [settings.mailbox_max_bytes, settings.subject_max_bytes]
        bounds += [settings.flood_events, settings.receipts_max, settings.receipt_ttl_s, _WOKEN_MS]
        outcome, *answer = await self._run([*bounds, *args], size)
        if outcome != b"accepted":
            raise _refusal(outcome.decode(), answer[0].decode())
        wake, rows = answer
        shards.update(int(shard) for shard in wake)
        return [decode_receipt(event_id, row) for event_id, row in zip(ids, rows, strict=True)]

    async def _run(self, args: list[Argument], size: int) -> Any:
        """A large call goes alone, so that no small one waits for its transport."""
        return await (self._together.run(args) if size <= _SMALL_BYTES else self._scripts.run("accept", args))

    async def _wake_all(self, shards: Iterable[int]) -> None:
        for shard in sorted(shards):
            try:
                async with asyncio.timeout(_WAKE_TIMEOUT_S):
                    await self.wake(shard)
            except Exception as error:
                # the events are durable: whoever looks for shards without an owner will wake it
                log.warning("shard.unwoken", shard=shard, error=told(error))


def _calls(items: Iterable[tuple[Event, str, bytes]], shards: int) -> Iterator[tuple[list[str], list[Argument], int]]:
    """The events' ids and arguments, and their bytes, cut into script calls of a bounded size."""
    ids: list[str] = []
    args: list[Argument] = []
    size = 0
    for event, letter, body in items:
        if ids and (size + len(body) > _CALL_BYTES or len(ids) == _CALL_EVENTS):
            yield ids, args, size
            ids, args, size = [], [], 0
        ids.append(event.id)
        args.extend(_arguments(event, letter, body, shards))
        size += len(body)
    if ids:
        yield ids, args, size


def _arguments(event: Event, letter: str, body: bytes, shards: int) -> tuple[Argument, ...]:
    own: int | None = getattr(event, "shard", None)
    shard = shard_of(event.subject, shards) if own is None else own
    if not 0 <= shard < shards:
        raise BadInput(f"there is no shard {shard}")
    barrier, reply_to, job = int(is_barrier(event)), event.reply_to or "", event.job or ""
    return (shard, event.id, event.scope.owner, event.subject, event.kind, event.lane, barrier, reply_to, letter, job, body)


def _refusal(reason: str, event_id: str) -> MnemeError:
    if reason == "foreign":
        return Conflict(f"the event id {event_id} is taken")
    whose = "this user" if reason.endswith("subject") else "this part of the pool"
    what = "bytes" if reason.startswith("heavy") else "events"
    return TooManyRequests(f"too many {what} of {whose} are waiting to be processed", retry_after_s=_RETRY_AFTER_S)
