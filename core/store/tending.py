"""Tender: what maintenance reads of a shard, a part at a time, and what it commits there beside the shard's owner."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import pyarrow as pa
import pyarrow.compute as pc
from lancedb import AsyncTable

from core.store import history, journal, links
from core.store.connection import Store
from core.store.engine import answer, rows_of
from core.store.filters import active_memories, active_of, any_id, archived_memories, beyond_limits, marked, slices, whose
from core.store.journal import Entry, Kind
from core.store.links import Linked
from core.store.nearest import nearest
from core.store.rows import Vector, matrix, memories, memory_batch
from core.store.tables import MEMORY_READ, history_name, journal_name, links_name, memories_name
from schemas.memory import Change, Memory
from schemas.scope import shard_of

PART_ROWS = 4_000
"""About how many memories are read at once; with their vectors some 10 MB."""
Row = tuple[Memory, Vector]
Naming = Callable[[int], str]
T = TypeVar("T")


@dataclass(slots=True)
class Batch:
    """What is committed together, under the shard's commit lock."""

    rewritten: list[Row] = field(default_factory=list)
    """Rows in the place of those of the same id *and version*: what an owner writes is always a version above, and stands."""
    added: list[Row] = field(default_factory=list)
    """Rows of ids that are not there; for one that is, nothing is done."""
    removed: list[str] = field(default_factory=list)
    linked: list[Linked] = field(default_factory=list)
    unlinked: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)

    def without(self, subjects: Collection[str]) -> "Batch":
        """Nothing of these subjects: they were erased since it was decided what to do with what was read of them."""

        def of_others(rows: Iterable[Row]) -> list[Row]:
            return [row for row in rows if row[0].scope.subject not in subjects]

        return Batch(
            rewritten=of_others(self.rewritten),
            added=of_others(self.added),
            removed=self.removed,
            linked=[row for row in self.linked if row.subject not in subjects],
            unlinked=self.unlinked,
            changes=[change for change in self.changes if change.scope.subject not in subjects],
            entries=[entry for entry in self.entries if entry.subject not in subjects],
        )

    def __bool__(self) -> bool:
        return bool(self.rewritten or self.added or self.removed or self.linked or self.unlinked)


class Tender:
    """One shard as maintenance sees it: an owner's rows or a user's, or, without an owner, everybody's.

    A part is a filter that `parts` gave. `commit`, and `stored` and `links` on which it rests, only under the commit lock.
    """

    def __init__(self, store: Store, shard: int, owner: str | None = None, user: str | None = None) -> None:
        self._store = store
        self._whose = whose(owner, user)
        self.shard = shard

    async def parts(self, by: str = "id") -> list[str]:
        """The rows cut by a column of hex numbers, `id` or `subject`, into about PART_ROWS each; a subject is not divided."""
        table = await self._reading(memories_name)
        rows = await answer(table.count_rows(self._whose))
        return [f"{self._whose} AND {part}" for part in slices(by, -(-rows // PART_ROWS))] if rows else []

    async def active(self, part: str) -> list[Memory]:
        return await self._memories(active_memories(part))

    async def archived(self, part: str) -> list[Memory]:
        return await self._memories(archived_memories(part))

    async def beyond(
        self, part: str, created_before: datetime | None, importance_below: float | None, expired_at: datetime | None
    ) -> list[Memory]:
        """The active memories made before, of less importance, or expired at; None of a limit asks for nothing."""
        limits = beyond_limits(created_before, importance_below, expired_at)
        return await self._memories(f"{active_memories(part)} AND {limits}")

    async def having(self, part: str, key: str) -> list[Memory]:
        """The active memories that have a metadata entry of this name."""
        return await self._memories(f"{active_memories(part)} AND {marked(key)}")

    async def ages(self, part: str) -> dict[str, list[str]]:
        """By subject, the ids of its active memories, the newest first."""
        rows = await self._columns(active_memories(part), ["id", "subject", "created_at"])
        rows = rows.sort_by([("created_at", "descending"), ("id", "descending")])
        return _grouped(rows["subject"].to_pylist(), rows["id"].to_pylist())

    async def degrees(self, part: str) -> dict[str, int]:
        """How many links each memory has that has a row of them."""
        table = await self._reading(links_name)
        rows = await rows_of(table.query().where(part).select(["id", "linked"]))
        return dict(zip(rows["id"].to_pylist(), pc.list_value_length(rows["linked"]).to_pylist(), strict=True))

    async def without_links(self, part: str) -> dict[str, list[Linked]]:
        """By subject, a row for each active memory, with no links in it."""
        names = ["id", "owner", "subject", "content_hash"]
        rows = await self._columns(active_memories(part), names)
        columns = (rows[name].to_pylist() for name in names)
        made = [Linked(memory_id, owner, subject, digest, {}) for memory_id, owner, subject, digest in zip(*columns, strict=True)]
        return _grouped([row.subject for row in made], made)

    async def linked_hashes(self, part: str) -> dict[str, dict[str, str]]:
        """By subject, each memory that has a row of links, with the content hash it had when they were looked for."""
        return await links.hashes(await self._reading(links_name), part)

    async def active_vectors(self, subjects: Sequence[str]) -> dict[str, tuple[list[str], Vector]]:
        """By subject, its active memories: their ids and, row by row, their (n, dim) vectors."""
        rows = await self._columns(active_of(subjects), ["id", "subject", "vector"])
        ids, vectors = rows["id"].to_pylist(), matrix(rows) if rows.num_rows else None
        places = _grouped(rows["subject"].to_pylist(), range(len(ids)))
        return {} if vectors is None else {subject: ([ids[at] for at in there], vectors[there]) for subject, there in places.items()}

    async def vectors(self, ids: Sequence[str]) -> dict[str, Vector]:
        """By id, the (dim,) vectors of the memories that are there."""
        rows = await self._columns(any_id(ids), ["id", "vector"])
        return dict(zip(rows["id"].to_pylist(), matrix(rows), strict=True)) if rows.num_rows else {}

    async def nearest(self, subject: str, vector: Vector, limit: int) -> list[tuple[str, float]]:
        """The subject's active memories nearest to a vector, by the vector index: ids and cosines."""
        table = await self._reading(memories_name)
        rows = await nearest(table, vector, active_of([subject]), ["id"], limit, exact=False)
        return list(zip(rows["id"].to_pylist(), (1.0 - rows["_distance"].to_numpy()).tolist(), strict=True))

    async def stored(self, ids: Collection[str]) -> dict[str, Row]:
        """The memories of these ids with their vectors, by id, in whatever state."""
        if not ids:
            return {}
        table = await self._writing(memories_name)
        rows = await rows_of(table.query().where(any_id(list(ids))).select([*MEMORY_READ, "vector"]))
        found = memories(rows)
        return {memory.id: (memory, vector) for memory, vector in zip(found, matrix(rows), strict=True)} if found else {}

    async def links(self, ids: Collection[str]) -> dict[str, Linked]:
        """The rows of links of these memories, by id, as far as there are any."""
        return await links.of_ids(await self._writing(links_name), list(ids))

    async def commit(self, batch: Batch) -> None:
        """Write all of it, and return when it is durable. What undoes it goes first: nothing is done that can't be undone."""
        if batch.entries:
            await journal.append(await self._writing(journal_name), batch.entries)
        if batch.changes:
            await history.append(await self._writing(history_name), batch.changes)
        await self._commit_rows(batch)
        if batch.linked or batch.unlinked:
            await links.write(await self._writing(links_name), batch.linked, batch.unlinked)
        await answer(self._store.disk.sync())

    async def _commit_rows(self, batch: Batch) -> None:
        table = await self._writing(memories_name)
        if batch.rewritten:
            merge = table.merge_insert("id").when_matched_update_all(where="target.version = source.version")
            await answer(merge.execute(self._source(batch.rewritten)))
        if batch.added:
            await answer(table.merge_insert("id").when_not_matched_insert_all().execute(self._source(batch.added)))
        if batch.removed:
            await answer(table.delete(any_id(batch.removed)))

    def _source(self, rows: Sequence[Row]) -> pa.Table:
        if strangers := [memory.id for memory, _ in rows if shard_of(memory.scope.subject, self._store.shards) != self.shard]:
            raise ValueError(f"{len(strangers)} memories are not of shard {self.shard}")
        batch = memory_batch([memory for memory, _ in rows], [vector for _, vector in rows], self._store.dimension)
        return pa.Table.from_batches([batch])

    async def journal_parts(self, run: str, by: str) -> list[str]:
        """A run's changes cut into parts by `memory_id` or `subject`."""
        return await journal.parts(await self._reading(journal_name), run, by)

    async def journal(self, run: str, kinds: Sequence[Kind], part: str) -> list[Entry]:
        """A run's changes of these kinds in a part, the last first."""
        return await journal.read(await self._reading(journal_name), run, kinds, part)

    async def forget_journal(self, before: datetime) -> int:
        """Drop what happened before a moment: it can't be undone any more."""
        return await journal.drop_before(await self._writing(journal_name), before)

    async def _memories(self, where: str) -> list[Memory]:
        table = await self._reading(memories_name)
        return memories(await rows_of(table.query().where(where).select(MEMORY_READ)))

    async def _columns(self, where: str, names: Sequence[str]) -> pa.Table:
        table = await self._reading(memories_name)
        return await rows_of(table.query().where(where).select(list(names)))

    async def _reading(self, name: Naming) -> AsyncTable:
        return await self._store.reading(name(self.shard))

    async def _writing(self, name: Naming) -> AsyncTable:
        return await self._store.writing(name(self.shard))


def _grouped(keys: Sequence[str], values: Iterable[T]) -> dict[str, list[T]]:
    groups: dict[str, list[T]] = {}
    for key, value in zip(keys, values, strict=True):
        groups.setdefault(key, []).append(value)
    return groups
