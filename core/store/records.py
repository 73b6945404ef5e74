"""Records: the small things an owner configures (webhooks, projects, exports), each a JSON body under a kind and an id."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pyarrow as pa
from lancedb.query import ColumnOrdering

from core.clock import Clock, system_clock
from core.store.connection import Store
from core.store.engine import answer, rows_of
from core.store.filters import equals, record_filter
from core.store.rows import column
from core.store.tables import RECORD_COLUMNS

_TABLE = "records"


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One thing configured. `body` is its JSON text; `created_at` stays as it was when the body changes."""

    kind: str
    id: str
    owner: str
    body: str
    created_at: datetime
    updated_at: datetime


class Records:
    """The table of records. Any process may write it; of one (kind, owner, id) the body written last stands.

    A commit each, about 10 ms: for what people configure, not for what messages bring.
    """

    def __init__(self, store: Store, *, clock: Clock = system_clock) -> None:
        self._store = store
        self._clock = clock

    async def put(self, kind: str, owner: str, record_id: str, body: str) -> Record:
        """Keep this body under the id, in place of what was there."""
        known, now = await self.get(kind, owner, record_id), self._clock()
        created_at = known.created_at if known else now
        record = Record(kind=kind, id=record_id, owner=owner, body=body, created_at=created_at, updated_at=now)
        table = await self._store.writing(_TABLE)
        rows = pa.table([column([_row(record)], field) for field in RECORD_COLUMNS], schema=RECORD_COLUMNS)
        await answer(table.merge_insert("key").when_matched_update_all().when_not_matched_insert_all().execute(rows))
        await answer(self._store.disk.sync())
        return record

    async def get(self, kind: str, owner: str, record_id: str) -> Record | None:
        """The owner's record of this id; None where there is none."""
        found = await self._read(equals("key", _key(kind, owner, record_id)), 1)
        return found[0] if found else None

    async def page(self, kind: str, owner: str, *, limit: int = 100) -> list[Record]:
        """The owner's records of a kind, the oldest first, `limit` of them at most."""
        return await self._read(record_filter(kind, owner), limit)

    async def bodies(self, kind: str) -> list[str]:
        """The bodies of all records of a kind, whoever owns them."""
        table = await self._store.reading(_TABLE)
        found = await rows_of(table.query().where(equals("kind", kind)).select(["body"]))
        return [str(body) for body in found["body"].to_pylist()]

    async def body(self, kind: str, record_id: str) -> str | None:
        """The body of the record of this id, whoever owns it: for ids that are no one's choice."""
        table = await self._store.reading(_TABLE)
        where = f"{equals('kind', kind)} AND {equals('id', record_id)}"
        found = await rows_of(table.query().where(where).select(["body"]).limit(1))
        return str(found["body"][0]) if found.num_rows else None

    async def delete(self, kind: str, owner: str, record_id: str) -> None:
        """Forget the record, if there is one."""
        table = await self._store.writing(_TABLE)
        await answer(table.delete(equals("key", _key(kind, owner, record_id))))
        await answer(self._store.disk.sync())

    async def clear(self, owner: str, kind: str | None = None) -> None:
        """Forget all of the owner's records, or those of one kind."""
        table = await self._store.writing(_TABLE)
        await answer(table.delete(equals("owner", owner) if kind is None else record_filter(kind, owner)))
        await answer(self._store.disk.sync())

    async def _read(self, where: str, limit: int) -> list[Record]:
        table = await self._store.reading(_TABLE)
        oldest_first = [ColumnOrdering(column_name=name, ascending=True) for name in ("created_at", "id")]
        found = await rows_of(table.query().where(where).order_by(oldest_first).limit(limit))
        return [Record(**{name: row[name] for name in Record.__slots__}) for row in found.to_pylist()]


def _key(kind: str, owner: str, record_id: str) -> str:
    """Unambiguous: no kind holds a slash, and the length says where the owner ends."""
    return f"{kind}/{len(owner)}/{owner}/{record_id}"


def _row(record: Record) -> dict[str, Any]:
    return {"key": _key(record.kind, record.owner, record.id)} | {name: getattr(record, name) for name in Record.__slots__}
