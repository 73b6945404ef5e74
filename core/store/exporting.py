"""Exporting: everything of an owner, or of a whole store, read in pages of a bounded size while others go on writing."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
from lancedb import AsyncTable
from lancedb.query import ColumnOrdering

from core.store import history, links
from core.store.connection import Store
from core.store.engine import answer, rows_of
from core.store.filters import after_id, any_id, changes_of, equals, exported, in_states, slices
from core.store.history import sort_changes
from core.store.rows import Vector, matrix, memories
from core.store.tables import HISTORY_COLUMNS, MEMORY_READ, history_name, links_name, memories_name
from schemas.memory import Change, Memory, MemoryState
from schemas.scope import shard_of, subject_of

PAGE_ROWS = 500
"""Rows read at once: with their vectors and history some 2 MB."""
_BY_ID = [ColumnOrdering(column_name="id", ascending=True)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """What an export has in it."""

    owner: str | None
    """None is everybody: for the command line, never for a caller. An empty one has nothing."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What memories must carry, by user, agent, app or run."""
    states: Sequence[MemoryState] = tuple(MemoryState)
    history: bool = True
    vectors: bool = False

    @property
    def gone(self) -> bool:
        """Whether the history of memories that are gone belongs to it."""
        return self.history and len(self.states) == len(MemoryState)


@dataclass(frozen=True, slots=True)
class Exported:
    """A memory with its changes, oldest first, what it is linked to, and its vector where that was asked for."""

    memory: Memory
    history: Sequence[Change]
    links: Mapping[str, float]
    vector: Vector | None


async def read_memories(store: Store, extent: Extent) -> AsyncGenerator[list[Exported], None]:
    """Pages of memories. One that is there all the while comes once; each is as it stands when its page is read.

    By key and not by a version of the tables: upkeep removes versions after minutes, and a reader may be slow.
    """
    columns = [*MEMORY_READ, *(["vector"] if extent.vectors else [])]
    for shard in _shards(store, extent):
        async for rows in _memory_pages(store, shard, extent, columns):
            yield await _with_company(store, shard, rows, extent)


async def read_gone(store: Store, extent: Extent) -> AsyncGenerator[list[Change], None]:
    """Pages of changes of memories that are no longer there, in no order."""
    for shard in _shards(store, extent) if extent.gone else []:
        where, name = exported(extent.owner, extent.names), history_name(shard)
        for part in await _cut(store, name, where, "id"):
            async for rows in _by_id(store, name, part, HISTORY_COLUMNS.names):
                changes = history.changes(rows)
                there = await _there(store, shard, [change.memory_id for change in changes])
                yield [change for change in changes if (change.scope.owner, change.memory_id) not in there]


def _shards(store: Store, extent: Extent) -> Sequence[int]:
    """The shards that can have memories of it."""
    if extent.owner and "user" in extent.names:
        return [shard_of(subject_of(extent.owner, "user", extent.names["user"]), store.shards)]
    return range(store.shards)


async def _memory_pages(store: Store, shard: int, extent: Extent, columns: Sequence[str]) -> AsyncIterator[pa.Table]:
    """A subject's memories come close together; the many of a large one are cut once more."""
    name, where = memories_name(shard), f"{exported(extent.owner, extent.names)} AND {in_states(extent.states)}"
    if extent.owner and (user := extent.names.get("user")):
        where += f" AND {equals('subject', subject_of(extent.owner, 'user', user))}"
    for part in await _cut(store, name, where, "subject"):
        for piece in await _cut(store, name, part, "id"):
            async for rows in _by_id(store, name, piece, columns):
                yield rows


async def _cut(store: Store, name: str, where: str, column: str) -> list[str]:
    """The rows in parts of about half a page, as far as the column tells them apart."""
    table = await store.reading(name)
    count = await answer(table.count_rows(where))
    return [f"{where} AND {part}" for part in slices(column, -(-2 * count // PAGE_ROWS))] if count else []


async def _by_id(store: Store, name: str, where: str, columns: Sequence[str]) -> AsyncGenerator[pa.Table, None]:
    """A part's rows in order of their ids, a page at a time."""
    beyond = where
    while True:
        table = await store.reading(name)
        query = table.query().where(beyond).select(list(dict.fromkeys(["id", *columns]))).order_by(_BY_ID).limit(PAGE_ROWS)
        rows = await rows_of(query)
        if rows.num_rows:
            yield rows
        if rows.num_rows < PAGE_ROWS:
            return
        beyond = f"{where} AND {after_id(rows['id'][-1].as_py())}"


async def _with_company(store: Store, shard: int, rows: pa.Table, extent: Extent) -> list[Exported]:
    found = memories(rows)
    ids = [memory.id for memory in found]
    told = await _histories(await store.reading(history_name(shard)), ids) if extent.history else {}
    near = await links.of_ids(await store.reading(links_name(shard)), ids)
    vectors: Sequence[Vector | None] = list(matrix(rows)) if extent.vectors else [None] * len(found)
    return [
        Exported(
            memory,
            told.get((memory.scope.owner, memory.id), ()),
            near[memory.id].links if memory.id in near and near[memory.id].subject == memory.scope.subject else {},
            vector,
        )
        for memory, vector in zip(found, vectors, strict=True)
    ]


async def _histories(table: AsyncTable, memory_ids: Sequence[str]) -> dict[tuple[str, str], list[Change]]:
    """By owner and memory, its changes, oldest first: two owners may have had a memory of one id."""
    rows = await rows_of(table.query().where(changes_of(memory_ids)).select(HISTORY_COLUMNS.names))
    found: dict[tuple[str, str], list[Change]] = {}
    for change in sort_changes(history.changes(rows)):
        found.setdefault((change.scope.owner, change.memory_id), []).append(change)
    return found


async def _there(store: Store, shard: int, memory_ids: Sequence[str]) -> set[tuple[str, str]]:
    """Of these memories those that the shard has, each with its owner."""
    table = await store.reading(memories_name(shard))
    rows = await rows_of(table.query().where(any_id(list(dict.fromkeys(memory_ids)))).select(["owner", "id"]))
    return set(zip(rows["owner"].to_pylist(), rows["id"].to_pylist(), strict=True))
