"""Journal: what maintenance changed, entry by entry, so that it can be taken back exactly."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable

from core.store.engine import answer, rows_of
from core.store.filters import equals, older_than, one_of, slices
from core.store.rows import Vector, column, python_rows
from core.store.tables import JOURNAL_COLUMNS
from schemas.ids import new_id

_PART = 4_000
"""About how many entries are read at once."""


class Kind(StrEnum):
    CHANGED = "changed"
    """`before` and `after`: the fields that changed."""
    ADDED = "added"
    """`after`: the whole row, packed."""
    REMOVED = "removed"
    """`before`: the whole row, packed; `vector` beside it."""
    LINKED = "linked"
    """`before` and `after`: the memory's row of links; None where there was none."""


OF_MEMORIES = (Kind.CHANGED, Kind.ADDED, Kind.REMOVED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One change that a run made to one memory."""

    run: str
    memory_id: str
    subject: str
    kind: Kind
    before: Any
    after: Any
    at: datetime
    vector: Vector | None = None
    """(dim,) float32."""
    id: str = field(default_factory=new_id)
    """Sorts by time: of two changes of one memory the later one is undone first."""


async def append(table: AsyncTable, entries: Sequence[Entry]) -> None:
    rows = [_row(entry) for entry in entries]
    await answer(table.add(pa.table([column(rows, field) for field in JOURNAL_COLUMNS], schema=JOURNAL_COLUMNS)))


async def parts(table: AsyncTable, run: str, by: str) -> list[str]:
    """The run's entries cut into parts by a column of hex numbers: `memory_id` or `subject`."""
    count = await answer(table.count_rows(equals("run", run)))
    return slices(by, -(-count // _PART)) if count else []


async def read(table: AsyncTable, run: str, kinds: Sequence[Kind], part: str) -> list[Entry]:
    """The run's entries of these kinds in a part of the table, the last first."""
    where = f"{equals('run', run)} AND {one_of('kind', kinds)} AND {part}"
    rows = await rows_of(table.query().where(where))
    return sorted(map(_entry, python_rows(rows)), key=lambda entry: entry.id, reverse=True)


async def drop_before(table: AsyncTable, moment: datetime) -> int:
    """Forget what happened before a moment: it can't be undone any more. Gives how many entries that were."""
    where = older_than("at", moment)
    if old := await answer(table.count_rows(where)):
        await answer(table.delete(where))
    return old


def _row(entry: Entry) -> dict[str, Any]:
    row = {name: getattr(entry, name) for name in ("id", "run", "memory_id", "subject", "kind", "at")}
    texts = {name: json.dumps(getattr(entry, name), separators=(",", ":")) for name in ("before", "after")}
    return row | texts | {"vector": None if entry.vector is None else np.asarray(entry.vector, np.float32).tobytes()}


def _entry(row: dict[str, Any]) -> Entry:
    texts = {name: json.loads(row[name]) for name in ("before", "after")}
    vector = None if row["vector"] is None else np.frombuffer(row["vector"], np.float32)
    names = ("id", "run", "memory_id", "subject", "at")
    return Entry(**{name: row[name] for name in names}, kind=Kind(row["kind"]), vector=vector, **texts)
