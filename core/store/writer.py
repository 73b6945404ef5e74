"""Writer: what a shard's owner commits, and what it must read to decide it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import pyarrow as pa
from lancedb import AsyncTable

from core.clock import Clock, system_clock
from core.store import history, links
from core.store.connection import Store
from core.store.engine import answer, rows_of
from core.store.filters import accepted_before, active_of, any_id, selection_filter
from core.store.links import Linked
from core.store.neighbours import neighbours
from core.store.rows import Vector, matrix, memories, memory_batch
from core.store.tables import MEMORY_READ, history_name, links_name, memories_name
from schemas.memory import Change, Memory
from schemas.scope import shard_of
from schemas.search import Candidate, Selection

Upsert = tuple[Memory, Vector | None]

_NAMED_MAX = 2_000
"""Most ids in one query."""


class ShardWriter:
    """One shard's writer. Every method is called only while holding the shard's lease, `commit` also its commit lock."""

    def __init__(self, store: Store, shard: int, *, clock: Clock = system_clock) -> None:
        self._store = store
        self.shard = shard
        self._clock = clock

    async def refresh(self) -> None:
        """See the commits of the shard's former owner. Its handles also look for the latest with every call."""
        for name in (memories_name(self.shard), history_name(self.shard)):
            table = await self._store.writing(name)
            await answer(table.checkout_latest())

    async def commit(
        self,
        upserts: Sequence[Upsert],
        changes: Sequence[Change],
        deletes: Sequence[str] = (),
        linked: Sequence[Linked] = (),
        *,
        check: Callable[[], None] = lambda: None,
    ) -> None:
        """Write memories, remove `deletes`, then write their history and the links that are new, and return when it is durable.

        A stored row of an equal or higher version stays as it is. A vector of None keeps the stored one; where no row is
        stored any more, the memory was deleted and is not made again. Committing the same twice is committing it once.
        `check` is called before each step, and raises LeaseLost where the shard may have another owner by now.
        """
        table = await self._memories()
        rows = await self._with_vectors(table, _latest(upserts))
        if rows:
            await self._merge(table, rows, check)
        if deletes:
            check()
            await answer(table.delete(any_id(list(dict.fromkeys(deletes)))))
        if changes:
            check()
            await history.append(await self._store.writing(history_name(self.shard)), changes)
        if linked:
            await links.add(await self._store.writing(links_name(self.shard)), linked)
        await answer(self._store.disk.sync())

    async def _merge(self, table: AsyncTable, rows: Sequence[tuple[Memory, Vector]], check: Callable[[], None]) -> None:
        batch = memory_batch([memory for memory, _ in rows], [vector for _, vector in rows], self._store.dimension)
        merge = table.merge_insert("id").when_matched_update_all(where="target.version < source.version")
        check()
        await answer(merge.when_not_matched_insert_all().execute(pa.Table.from_batches([batch])))

    async def _with_vectors(self, table: AsyncTable, upserts: Iterable[Upsert]) -> list[tuple[Memory, Vector]]:
        upserts = list(upserts)
        if strangers := [m.id for m, _ in upserts if shard_of(m.scope.subject, self._store.shards) != self.shard]:
            raise ValueError(f"{len(strangers)} memories are not of shard {self.shard}")
        stored = await _vectors(table, [memory.id for memory, vector in upserts if vector is None])
        found = [(memory, stored.get(memory.id) if vector is None else vector) for memory, vector in upserts]
        return [(memory, vector) for memory, vector in found if vector is not None]

    async def get(self, ids: Sequence[str]) -> list[Memory]:
        """The memories of these ids in this shard, in any state, in no order; unknown ids are left out."""
        return [memory for part in _chunks(list(dict.fromkeys(ids))) for memory in await self._read(any_id(part))]

    async def holders(self, ids: Collection[str]) -> dict[str, frozenset[str]]:
        """By id, the subjects that have a memory of it: here, or in the shard its id tells."""
        places: dict[int, list[str]] = {self.shard: list(ids)}
        for memory_id in ids:
            likely, _ = self._store.shards_of_id(memory_id)
            if likely not in (None, self.shard):
                places.setdefault(likely, []).append(memory_id)
        found: dict[str, frozenset[str]] = {}
        for shard, asked in places.items():
            table = await self._store.writing(memories_name(shard))
            for part in _chunks(asked):
                rows = await rows_of(table.query().where(any_id(part)).select(["id", "subject"]))
                for memory_id, subject in zip(rows["id"].to_pylist(), rows["subject"].to_pylist(), strict=True):
                    found[memory_id] = found.get(memory_id, frozenset()) | {subject}
        return found

    async def line_holders(self, line_ids: Collection[str]) -> dict[str, frozenset[str]]:
        """By id, whose the lines of history are that this shard has of these."""
        table = await self._store.writing(history_name(self.shard))
        found: dict[str, frozenset[str]] = {}
        for part in _chunks(list(line_ids)):
            found |= await history.line_holders(table, part)
        return found

    async def has_any(self, upserts: Sequence[Memory], deletes: Sequence[str], line_ids: Sequence[str]) -> bool:
        """Whether any of these is committed: a row in this version or a later one, a deletion, a line of history."""
        versions = {memory.id: memory.version for memory in await self.get([memory.id for memory in upserts] + list(deletes))}
        return (
            any(versions.get(memory.id, -1) >= memory.version for memory in upserts)
            or any(memory_id not in versions for memory_id in deletes)
            or bool(await self.line_holders(line_ids))
        )

    async def degrees(self, ids: Sequence[str]) -> dict[str, int]:
        """How many links each of these memories has, where they were looked for."""
        rows = await links.of_ids(await self._store.writing(links_name(self.shard)), ids) if ids else {}
        return {memory_id: len(row.links) for memory_id, row in rows.items()}

    async def by_hash(self, asked: Mapping[str, Sequence[str]]) -> dict[str, list[Memory]]:
        """By subject, its active memories of any of the content hashes asked for, the oldest first."""
        if not asked:
            return {}
        hashes = sorted({digest for digests in asked.values() for digest in digests})
        found: dict[str, list[Memory]] = {subject: [] for subject in asked}
        for memory in sorted(await self._read(active_of(list(asked), hashes)), key=lambda memory: (memory.created_at, memory.id)):
            found[memory.scope.subject].append(memory)
        return found

    async def neighbours(self, asked: Mapping[str, Vector], k: int, least: float) -> dict[str, list[list[Candidate]]]:
        """By subject, for each of its (n, dim) unit vectors up to `k` active memories of at least that cosine, nearest first."""
        return await neighbours(await self._memories(), asked, k, least) if asked else {}

    async def matching(self, selection: Selection, before: datetime, limit: int | None = None) -> list[Memory]:
        """The memories of this shard that a selection means and that were accepted before a moment; up to `limit`."""
        where = f"{selection_filter(selection, self._clock())} AND {accepted_before(before)}"
        return await self._read(where, limit)

    async def _read(self, where: str, limit: int | None = None) -> list[Memory]:
        query = (await self._memories()).query().where(where).select(MEMORY_READ)
        return memories(await rows_of(query.limit(limit) if limit else query))

    async def _memories(self) -> AsyncTable:
        return await self._store.writing(memories_name(self.shard))


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + _NAMED_MAX] for start in range(0, len(ids), _NAMED_MAX))


def _latest(upserts: Iterable[Upsert]) -> Iterable[Upsert]:
    """One row an id, the highest version, the later of two equal ones: LanceDB doubles rows that a batch has twice."""
    latest: dict[str, Upsert] = {}
    for memory, vector in upserts:
        if (rival := latest.get(memory.id)) is None or memory.version >= rival[0].version:
            latest[memory.id] = (memory, vector if vector is not None or rival is None else rival[1])
    return latest.values()


async def _vectors(table: AsyncTable, ids: Sequence[str]) -> dict[str, Vector]:
    if not ids:
        return {}
    found = await rows_of(table.query().where(any_id(ids)).select(["id", "vector"]))
    return dict(zip(found["id"].to_pylist(), matrix(found), strict=True))
