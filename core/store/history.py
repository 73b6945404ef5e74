"""History: the changes of a memory, append-only, readable after the memory is gone."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import pyarrow as pa
from lancedb import AsyncTable

from core.store.connection import Store
from core.store.engine import answer, rows_of, together
from core.store.filters import any_id, change_filter
from core.store.metadata import dump, load
from core.store.rows import column, python_rows, scope, scope_row
from core.store.tables import HISTORY_COLUMNS, history_name
from schemas.memory import Change, ChangeKind

_FIRST, _BETWEEN, _LAST = 0, 1, 2
_RANK = {ChangeKind.ADD: _FIRST, ChangeKind.DELETE: _LAST}


async def read_history(store: Store, owner: str, memory_id: str) -> list[Change]:
    """The changes of one of the owner's memories, oldest first; of one instant, its making first and its deletion last."""
    likely, others = store.shards_of_id(memory_id)
    found = await _read(store, likely, owner, memory_id) if likely is not None else []
    if not found:
        elsewhere = await together(*(_read(store, shard, owner, memory_id) for shard in others))
        found = [change for part in elsewhere for change in part]
    return sort_changes(found)


def sort_changes(found: Iterable[Change]) -> list[Change]:
    """Oldest first; of one instant, a memory's making first and its deletion last."""
    return sorted(found, key=lambda change: (change.at, _RANK.get(change.kind, _BETWEEN)))


async def append(table: AsyncTable, lines: Sequence[Change]) -> None:
    """Write lines of history; one of an id already there stays as it is."""
    batch = change_batch(list({line.id: line for line in lines}.values()))
    await answer(table.merge_insert("id").when_not_matched_insert_all().execute(pa.Table.from_batches([batch])))


def line_holder(owner: str, memory_id: str) -> str:
    """Whose a line is: its owner's memory."""
    return f"{len(owner)}/{owner}/{memory_id}"


async def line_holders(table: AsyncTable, line_ids: Sequence[str]) -> dict[str, frozenset[str]]:
    """By id, the holders of the lines that there are."""
    rows = await rows_of(table.query().where(any_id(line_ids)).select(["id", "owner", "memory_id"]))
    return {row["id"]: frozenset({line_holder(row["owner"], row["memory_id"])}) for row in python_rows(rows)}


async def _read(store: Store, shard: int, owner: str, memory_id: str) -> list[Change]:
    table = await store.reading(history_name(shard))
    query = table.query().where(change_filter(owner, memory_id)).select(HISTORY_COLUMNS.names)
    return changes(await rows_of(query))


def change_batch(changes: Sequence[Change]) -> pa.RecordBatch:
    """One row a change."""
    rows = [_change_row(change) for change in changes]
    return pa.record_batch([column(rows, field) for field in HISTORY_COLUMNS], schema=HISTORY_COLUMNS)


def _change_row(change: Change) -> dict[str, Any]:
    row = {field.name: getattr(change, field.name) for field in fields(change) if field.name != "scope"}
    return (
        row
        | scope_row(change.scope)
        | {
            "kind": change.kind.value,
            "input": json.dumps(change.input),
            "metadata": dump(change.metadata),
            "categories": list(change.categories),
        }
    )


def changes(table: pa.Table) -> list[Change]:
    """The changes in a table that has the HISTORY_COLUMNS, in its order."""
    return [_change(row) for row in python_rows(table)]


def _change(row: dict[str, Any]) -> Change:
    return Change(
        id=row["id"],
        memory_id=row["memory_id"],
        scope=scope(row),
        kind=ChangeKind(row["kind"]),
        old_content=row["old_content"],
        new_content=row["new_content"],
        reason=row["reason"],
        event_id=row["event_id"],
        at=row["at"],
        input=tuple((role, content) for role, content in json.loads(row["input"])),
        metadata=load(row["metadata"]),
        categories=tuple(row["categories"]),
    )
