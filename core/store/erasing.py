"""Erasing: a user's rows of a shard deleted, the tables written anew without them, old versions let go."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import pyarrow as pa
from lancedb import AsyncTable

from core.store import fragments
from core.store.connection import Store
from core.store.engine import UPKEEP_S, answer, rows_of
from core.store.filters import accepted_before, changes_of_user, older_than, whose
from core.store.leftovers import remove_leftovers
from core.store.tables import history_name, indexes, journal_name, links_name, memories_name
from core.store.upkeep import drop_vector_index, train
from schemas.errors import Unavailable
from schemas.scope import shard_of, subject_of

NAMES: Final[Mapping[str, Callable[[int], str]]] = {
    "journal": journal_name, "links": links_name, "history": history_name, "memories": memories_name,
}  # fmt: skip
"""The kinds of a shard's tables."""
_ATTEMPTS = 5
_REWRITTEN = {"memories": "state", "history": "kind", "links": "owner", "journal": "kind", "runs": "status", "records": "kind"}
"""Of each kind of table a column that is set to what it is: a row that is updated is written anew, and the file it was in goes."""
_TEXTS = {"memories": ["content", "body"], "history": ["old_content", "new_content", "input"], "journal": ["before", "after"]}
"""The columns that hold what users said."""


def kind_of(table: str) -> str:
    """What a table is one of: `memories` of memories_03."""
    return table.partition("_")[0]


class Eraser:
    """One user's rows, all of one shard, written by nobody else meanwhile: its owner calls `erase` under lease and commit lock."""

    def __init__(self, store: Store, owner: str, user: str) -> None:
        self._store = store
        self.shard = shard_of(subject_of(owner, "user", user), store.shards)
        subject, changes = whose(owner, user), changes_of_user(owner, user)
        self._rows = {"journal": subject, "links": subject, "history": changes, "memories": subject}

    async def count(self) -> dict[str, int]:
        """By kind of table, the user's rows that are there."""
        return {kind: await answer((await self._reading(kind)).count_rows(where)) for kind, where in self._rows.items()}

    async def erase(self) -> None:
        """Delete them, and return when that is durable. What names memories goes before the memories do."""
        for kind, where in self._rows.items():
            table = await self._store.writing(self._name(kind))
            if await answer(table.count_rows(where)):
                await answer(table.delete(where))
        await answer(self._store.disk.sync())

    async def left(self, accepted_at: datetime, erased_at: datetime) -> dict[str, int]:
        """As `count`, without what is new: memories accepted after `accepted_at`, changes after `erased_at`, links of such memories."""
        old = {"journal": older_than("at", erased_at), "history": older_than("at", erased_at), "memories": accepted_before(accepted_at)}
        found = {}
        for kind, when in old.items():
            found[kind] = await answer((await self._reading(kind)).count_rows(f"{self._rows[kind]} AND {when}"))
        linked, there = await self._column("links", "id"), await self._column("memories", "id")
        return found | {"links": len(linked - there)}

    async def ids(self) -> frozenset[str]:
        """Every memory the user has or had, as far as anything still names it."""
        named = (("memories", "id"), ("history", "memory_id"), ("journal", "memory_id"), ("links", "id"))
        return frozenset[str]().union(*[await self._column(kind, column) for kind, column in named])

    async def texts(self, most: int) -> list[str]:
        """What the user's memories say and said, up to `most` rows of either kind."""
        found: list[str] = []
        for kind, columns in (("memories", ["content"]), ("history", ["old_content", "new_content"])):
            query = (await self._reading(kind)).query().where(self._rows[kind]).select(columns).limit(most)
            rows = await rows_of(query)
            found += [text for column in columns for text in rows[column].to_pylist() if text]
        return list(dict.fromkeys(found))

    async def _column(self, kind: str, column: str) -> frozenset[str]:
        rows = await rows_of((await self._reading(kind)).query().where(self._rows[kind]).select([column]))
        return frozenset(rows[column].to_pylist())

    async def _reading(self, kind: str) -> AsyncTable:
        return await self._store.reading(self._name(kind))

    def _name(self, kind: str) -> str:
        return NAMES[kind](self.shard)


async def others_texts(store: Store) -> AsyncIterator[list[str]]:
    """Everything that everybody's memories, history and undo records say, a batch at a time."""
    for shard in range(store.shards):
        for kind, columns in _TEXTS.items():
            table = await store.reading(NAMES[kind](shard))
            batches = await answer(table.query().select(columns).to_batches())
            while (batch := await answer(anext(batches, None))) is not None:
                yield await asyncio.to_thread(_texts, batch)


def _texts(batch: pa.RecordBatch) -> list[str]:
    return [text for column in batch.columns for text in column.to_pylist() if text]


async def rewrite(store: Store, name: str) -> None:
    """Write every row of a table anew, and its indexes: compaction leaves a file alone of which less than a tenth was deleted.

    Of a shard's table only while holding its commit lock, in turn with its upkeep. Raises Unavailable when others' commits come between
    again and again.
    """
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            await _rewrite(await store.writing(name), name)
        except Unavailable:
            if attempt == _ATTEMPTS:
                raise
            await asyncio.sleep(0.2 * attempt)
        else:
            await store.disk.sync()
            return


async def _rewrite(table: AsyncTable, name: str) -> None:
    column = _REWRITTEN[kind_of(name)]
    has_vectors = kind_of(name) == "memories" and await drop_vector_index(table)
    if await answer(table.count_rows()):
        await answer(table.update(updates_sql={column: column}), UPKEEP_S)
    for column, index in indexes(name).items():  # an index that is kept up to date keeps words and keys of rows that are gone
        await answer(table.create_index(column, config=index, replace=True), UPKEEP_S)
    if has_vectors:
        await train(table)


async def drop_leftovers(store: Store, name: str, older_than_s: float) -> float | None:
    """See `remove_leftovers`; None where the table does not lie on this machine."""
    folder = store.disk.table(name)
    return None if folder is None else await asyncio.to_thread(remove_leftovers, folder, older_than_s)


async def drop_versions(store: Store, name: str, before: datetime, now: datetime) -> int:
    """Let go of the table's versions from before a moment; gives how many of them are left, which is 0 unless somebody holds one."""
    table = await store.writing(name)
    await fragments.prune(table, max(now - before, timedelta(milliseconds=1)))
    await store.disk.sync()
    latest = await answer(table.version())
    versions: Sequence[Any] = await answer(table.list_versions())
    return sum(1 for one in versions if one["version"] != latest and one["timestamp"].astimezone(before.tzinfo) < before)
