"""Records: a receipt's two forms in Redis, a hash while it is open and JSON once it is closed."""

from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis

from core.mailbox.entry import time_of
from core.mailbox.keys import CLOSED, OPEN, RECEIPT_FIELDS
from core.redis import patiently
from schemas.receipt import Receipt, ReceiptStatus

Row = Sequence[bytes | None] | bytes | None


def decode_receipt(event_id: str, row: Row) -> Receipt | None:
    """The receipt from RECEIPT_FIELDS of the hash, or from the JSON; None where there is none."""
    if isinstance(row, bytes):
        return Receipt.model_validate_json(row)
    if row is None or row[0] is None:
        return None
    fields = dict(zip(RECEIPT_FIELDS, row, strict=True))
    text = {name: value.decode() for name, value in fields.items() if value is not None}
    return Receipt(
        event_id=event_id,
        owner=text["owner"],
        kind=text["kind"],
        status=ReceiptStatus(text["status"]),
        error=text.get("error"),
        attempts=int(text.get("attempts", 0)) + int(text.get("deaths", 0)),
        created_at=time_of(int(text["created"])),
        updated_at=time_of(int(text["updated"])),
        started_at=time_of(int(text["started"])) if "started" in text else None,
    )


def encode_receipt(receipt: Receipt) -> bytes:
    return receipt.model_dump_json(exclude_none=True).encode()


async def read_receipts(redis: Redis, event_ids: Sequence[str]) -> list[Receipt | None]:
    """The receipts of `event_ids`, in order, whoever owns them."""
    if not event_ids:
        return []
    *opened, closed = await patiently(lambda: _read(redis, event_ids))
    return [decode_receipt(event_id, end or row) for event_id, row, end in zip(event_ids, opened, closed, strict=True)]


async def read_closed(redis: Redis, event_ids: Sequence[str]) -> list[Receipt]:
    """Of `event_ids`, the receipts that are closed."""
    rows = await patiently(lambda: redis.mget([CLOSED + event_id for event_id in event_ids]))
    return [Receipt.model_validate_json(row) for row in rows if row is not None]


async def _read(redis: Redis, event_ids: Sequence[str]) -> list[Any]:
    # one transaction, or a receipt closed between the two reads would seem to be gone
    async with redis.pipeline(transaction=True) as pipe:
        for event_id in event_ids:
            pipe.hmget(OPEN + event_id, list(RECEIPT_FIELDS))
        pipe.mget([CLOSED + event_id for event_id in event_ids])
        return await pipe.execute()
