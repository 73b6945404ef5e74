"""Runs: every maintenance run and its report, kept after Redis has forgotten it."""

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pyarrow as pa
from lancedb.query import ColumnOrdering

from core.store.connection import Store
from core.store.engine import answer, rows_of
from core.store.filters import equals, older_than
from core.store.rows import column
from core.store.sql import EVERYTHING
from core.store.tables import RUN_COLUMNS
from schemas.maintenance import Run

_TABLE = "runs"


class Runs:
    """The table of runs. Any process may write it; of one run the row written last stands."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, run: Run) -> None:
        """Keep a run as it is now. A commit each: for its beginning and its end, not for its progress."""
        table = await self._store.writing(_TABLE)
        rows = pa.table([column([_row(run)], field) for field in RUN_COLUMNS], schema=RUN_COLUMNS)
        await answer(table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(rows))
        await answer(self._store.disk.sync())

    async def get(self, run_id: str) -> Run | None:
        """The run, whoever's it is; None where there is none."""
        found = await self._read(equals("id", run_id), 1)
        return found[0] if found else None

    async def page(self, owner: str | None, limit: int = 50) -> list[Run]:
        """The newest runs, newest first: an owner's, or everybody's where `owner` is None."""
        return await self._read(EVERYTHING if owner is None else equals("owner", owner), limit)

    async def each(self, owner: str) -> AsyncIterator[Run]:
        """Every run that may name memories of this owner: its own and those for everybody, in no order."""
        table = await self._store.reading(_TABLE)
        query = table.query().where(f"({equals('owner', owner)} OR owner IS NULL)").select(["body"])
        batches = await answer(query.to_batches())
        while (batch := await answer(anext(batches, None))) is not None:
            for body in batch["body"].to_pylist():
                yield Run.model_validate_json(body)

    async def drop(self, run_id: str) -> None:
        """Forget the run."""
        await answer((await self._store.writing(_TABLE)).delete(equals("id", run_id)))
        await answer(self._store.disk.sync())

    async def drop_before(self, moment: datetime) -> None:
        """Forget the runs that were ordered before a moment."""
        table = await self._store.writing(_TABLE)
        if await answer(table.count_rows(older_than("created_at", moment))):
            await answer(table.delete(older_than("created_at", moment)))

    async def _read(self, where: str, limit: int) -> list[Run]:
        table = await self._store.reading(_TABLE)
        newest_first = [ColumnOrdering(column_name=name, ascending=False) for name in ("created_at", "id")]
        query = table.query().where(where).select(["created_at", "id", "body"]).order_by(newest_first)
        found = await rows_of(query.limit(limit))
        return [Run.model_validate_json(body) for body in found["body"].to_pylist()]


def _row(run: Run) -> dict[str, Any]:
    row = {"id": run.id, "owner": run.order.owner, "job": run.order.job.value, "status": run.status.value}
    return row | {"created_at": run.created_at, "body": run.model_dump_json()}
