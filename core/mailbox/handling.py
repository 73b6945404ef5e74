"""Handling: what a shard's owner does with its entries, from reading them to closing their receipts."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from pydantic import ValidationError

from core.mailbox.entry import Entry, accepted_at, decode, is_barrier, time_of
from core.mailbox.keys import lane_key
from core.mailbox.lease import Lease, Run
from core.mailbox.record import encode_receipt
from core.mailbox.scripts import Argument
from core.mailbox.telling import Telling, encode_told
from core.redis import patiently
from schemas.event import Lane
from schemas.lifecycle import of_receipt
from schemas.receipt import Receipt, ReceiptStatus

log = structlog.get_logger()

_READ_BYTES = 8 * 1024 * 1024
"""One read takes no more entries once it has this much."""
_BLOCK_MS = 2_000
"""Longest single blocking read; well below the socket's timeout."""
_BULK_SHARE = 8
"""One entry in so many is kept for bulk, so that it moves even while live is never empty."""
_THREAD_BYTES = 256 * 1024
"""More than this is parsed beside the loop."""


class Handling(Telling):
    async def read(self, lease: Lease, *, count: int, block_ms: int = 0) -> list[Entry]:
        """The next entries, at most `count`, each once a lease; [] when none came within `block_ms` (at most 2 s).

        Live first; an eighth is kept for bulk. A subject's entries come in the order of acceptance, a barrier after all its
        owner had accepted before it. An entry that can't be read is buried. Raises LeaseLost.
        """
        if count < 1:
            return []
        rows = await self._next(lease, count)
        if not rows and block_ms > 0 and await self._comes(lease, min(block_ms, _BLOCK_MS)):
            rows = await self._next(lease, count)
        size = sum(len(row[5]) for row in rows)
        entries = await asyncio.to_thread(_entries, rows) if size > _THREAD_BYTES else _entries(rows)
        for row, entry in zip(rows, entries, strict=True):
            if entry is None:
                await self._bury_unread(lease, row)
        # only now, with nothing to await any more: a read that is cancelled is read again
        for row in rows:
            _advance(lease, row)
        return [entry for entry in entries if entry is not None]

    async def mark_running(self, lease: Lease, entries: Sequence[Entry]) -> None:
        """Their receipts say RUNNING from now on. An owner that ends without giving them back counts as a death of each."""
        ids = [entry.event.id for entry in entries]
        rows = await self._scripts.run("running", lease.arguments(lease.token, *ids))
        for event_id, row in zip(ids, rows, strict=True):
            if row:
                lease.running[event_id] = Run(time_of(row[0]), int(row[1] or 0) + int(row[2] or 0))

    async def count_attempt(self, lease: Lease, entry: Entry, error: str) -> int:
        """Count a failed try, with its error, on the open receipt; gives how many there were, deaths included."""
        event_id = entry.event.id
        row = await self._scripts.run("attempt", lease.arguments(event_id, error))
        run = lease.running.get(event_id, Run())
        attempts = sum(int(value or 0) for value in row) or entry.attempts + 1
        lease.running[event_id] = Run(run.started_at, attempts)
        return attempts

    async def save_work(self, lease: Lease, items: Mapping[str, bytes]) -> None:
        """Keep work by event id, for as long as the event is open; it comes back as `Entry.work`."""
        if items:
            await self._scripts.run("save", lease.arguments(*(part for item in items.items() for part in item)))

    async def load_work(self, event_ids: Sequence[str]) -> dict[str, bytes]:
        """The work kept of those that have some."""
        if not event_ids:
            return {}
        blobs = await self._scripts.run("load", event_ids)
        return {event_id: blob for event_id, blob in zip(event_ids, blobs, strict=True) if blob is not None}

    async def close(self, lease: Lease, entries: Sequence[Entry], receipts: Sequence[Receipt]) -> None:
        """Close entries with their receipts, in one step: receipts written, entries and saved work gone, waiters told.

        Where a receipt says nothing of its start or its tries, what was counted here is filled in. What was closed before is
        left as it is. Raises LeaseLost, and then nothing was closed.
        """
        args: list[Argument] = []
        for entry, receipt in zip(entries, receipts, strict=True):
            args += [*_whose(entry), encode_receipt(_completed(receipt, lease)), "", encode_told(of_receipt(entry.event, receipt))]
        if args:
            await self._close(lease, args)
            self._forget(lease, entries)

    async def bury(self, lease: Lease, entry: Entry, receipt: Receipt) -> None:
        """As `close`, with a receipt that FAILED; the event goes to the dead letters with its error."""
        told = encode_told(of_receipt(entry.event, receipt))
        await self._close(lease, [*_whose(entry), encode_receipt(_completed(receipt, lease)), receipt.error or "failed", told])
        self._forget(lease, [entry])

    async def _close(self, lease: Lease, args: Sequence[Argument]) -> None:
        settings = self._settings
        most, wait_ms = await self._room.for_receipts(settings.receipts_max_bytes), int(settings.wait_timeout_s * 1000)
        bounds = (settings.receipts_max, settings.receipt_ttl_s, settings.dead_letters_max, settings.dead_letters_max_bytes, most, wait_ms)
        await self._scripts.run("close", lease.arguments(*bounds, *self._told_bounds(), *args))

    def _forget(self, lease: Lease, entries: Sequence[Entry]) -> None:
        for entry in entries:
            lease.running.pop(entry.event.id, None)

    async def _next(self, lease: Lease, count: int) -> list[Any]:
        kept = max(count // _BULK_SHARE, int(lease.live_run >= _BULK_SHARE))
        args = lease.arguments(lease.token, lease.after_live, lease.after_bulk, count, kept, _READ_BYTES)
        rows: list[Any] = await self._scripts.run("read", args)
        return rows

    async def _comes(self, lease: Lease, block_ms: int) -> bool:
        after: dict[Any, Any] = {lane_key(lease.shard, "live"): lease.after_live, lane_key(lease.shard, "bulk"): lease.after_bulk}
        return bool(await patiently(lambda: self._redis.xread(after, count=1, block=block_ms)))

    async def _bury_unread(self, lease: Lease, row: Sequence[Any]) -> None:
        """An event written by another version, or by hand: it can't be handled, and must not stop what comes after it."""
        lane, entry_id, event_id, owner, subject = (part.decode() for part in row[:5])
        log.error("event.unreadable", event_id=event_id, shard=lease.shard)
        at = accepted_at(entry_id)
        error = "the event can't be read by this version"
        receipt = Receipt(
            event_id=event_id, owner=owner, kind="unreadable", subject=subject, status=ReceiptStatus.FAILED, error=error,
            created_at=at, updated_at=at, completed_at=at,
        )  # fmt: skip
        await self._close(lease, [lane, entry_id, event_id, owner, subject, 0, encode_receipt(receipt), error, ""])


def _entries(rows: Sequence[Sequence[Any]]) -> list[Entry | None]:
    return [_entry(row) for row in rows]


def _entry(row: Sequence[Any]) -> Entry | None:
    lane: Lane = "live" if row[0] == b"live" else "bulk"
    entry_id, deaths = row[1].decode(), int(row[7])
    try:
        event = decode(row[5], entry_id)
    except ValidationError:
        return None
    return Entry(lane, entry_id, event, int(row[6]) + deaths, row[8], deaths)


def _advance(lease: Lease, row: Sequence[Any]) -> None:
    if row[0] == b"live":
        lease.after_live = row[1].decode()
        lease.live_run += 1
    else:
        lease.after_bulk = row[1].decode()
        lease.live_run = 0


def _whose(entry: Entry) -> list[Argument]:
    event = entry.event
    return [entry.lane, entry.entry_id, event.id, event.scope.owner, event.subject, int(is_barrier(event))]


def _completed(receipt: Receipt, lease: Lease) -> Receipt:
    run = lease.running.get(receipt.event_id, Run())
    told = {"started_at": receipt.started_at or run.started_at, "attempts": receipt.attempts or run.attempts}
    return receipt.model_copy(update=told)
