"""Store: an open LanceDB, its tables made and its handles at hand."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import lancedb
import pyarrow as pa
import structlog
from lancedb import AsyncConnection, AsyncTable, Session

from core.store.disk import Disk
from core.store.engine import answer, together
from core.store.meta import Meta
from core.store.tables import CONTROL, Index, indexes, memories_name, schemas, shard_tables
from schemas.errors import Unavailable
from schemas.ids import is_uuid, shard_hint
from schemas.scope import shard_of
from schemas.search import Selection

log = structlog.get_logger()

INDEX_CACHE_BYTES = 16 << 20
METADATA_CACHE_BYTES = 8 << 20
"""LanceDB's own bounds are 6 GB and 1 GB, and it fills whatever it is given: every commit leaves a manifest there that nobody reads
again. What is missing comes from the system's cache of files, and has to be decoded again."""
INDEX_CACHE_MAX_BYTES = 256 << 20
INDEX_BYTES_A_ROW = 128
"""Who searches keeps so much more of the indexes, by the rows there are: with too little of a million's, each search of a user of 50,000
memories decodes their vectors' index anew, 20 ms; a small user's takes a sixth longer. It is what the vectors' indexes of half the shards
take, for where much is written all of it is used: every upkeep makes new pieces."""
_WORTH_IT = 1.5
"""How many times what is kept the rows must be worth before it is given up for more: new room begins empty."""
FAR_CACHES = 8
"""How many times as much they may have where the store lies on no disk of this machine."""
_OPENING = 8
"""Tables made or opened at once."""
_TABLES_MAX = 10_000
_ATTEMPTS = 8
_MAKING_S = 120


class Store:
    """Open tables of one store. Reads and writes take different handles: see `reading` and `writing`."""

    def __init__(
        self,
        location: str,
        reads: AsyncConnection,
        writes: AsyncConnection,
        disk: Disk,
        *,
        index_cache_bytes: int,
        shards: int,
        dimension: int,
    ) -> None:
        self._location = location
        self._reads = reads
        self._writes = writes
        self._index_cache_bytes = index_cache_bytes
        self._read_handles: dict[str, AsyncTable] = {}
        self._write_handles: dict[str, AsyncTable] = {}
        self.disk = disk
        self.tending = asyncio.Lock()
        """Held by who tends tables that have no other lock."""
        self.shards = shards
        self.dimension = dimension
        self.recovered: Sequence[Path] = ()
        """Torn manifests that opening set aside: each is a commit lost to a power failure, and will be made again."""

    @classmethod
    async def open(cls, location: str, *, shards: int, embedding_model: str, dimension: int, index_cache_bytes: int = 0) -> "Store":
        """The store at a folder or URI, its tables made where they are not there yet.

        `index_cache_bytes` bounds what of its indexes is kept in memory, 16 MB where not given (eight times that of a store on no
        disk of this machine); who searches much calls `keep_more` now and then.
        Any number of processes may open it at once. (On an object store let one be the first: LanceDB's "create" is not atomic,
        and where two machines make a store with different settings in the same instant, the later one's hold.)
        Raises Conflict when it was made with another embedding model, dimension or number of shards.
        """
        disk = Disk.at(location)
        recovered = await disk.recover()
        for manifest in recovered:
            log.warning("manifest.set_aside", table=manifest.parent.parent.stem, reason="torn by a power failure; its commit is made again")
        kept = index_cache_bytes or INDEX_CACHE_BYTES * (1 if disk.is_here else FAR_CACHES)
        session = _session(disk, kept)
        reads = await answer(lancedb.connect_async(location, session=session))
        # A stale handle writes wrongly (merges double rows, deletes miss them): a writer's looks for the latest each time.
        writes = await answer(lancedb.connect_async(location, session=session, read_consistency_interval=timedelta(0)))
        store = cls(location, reads, writes, disk, index_cache_bytes=kept, shards=shards, dimension=dimension)
        meta = Meta(writes, shards=shards, embedding_model=embedding_model, dimension=dimension)
        if not await meta.built() or await store._lacking():
            await answer(store._make(meta), _MAKING_S)
        await store._widen()
        store.recovered = recovered
        return store

    async def keep_more(self) -> int:
        """Keep as much of the indexes in memory as the rows there are by now are worth; gives how much that is, in bytes.

        Reads that are under way end with the room they began with. It is never made smaller.
        """
        tables = await together(*(self.reading(memories_name(shard)) for shard in range(self.shards)))
        rows = sum(await together(*(answer(table.count_rows()) for table in tables)))
        worth = min(INDEX_CACHE_MAX_BYTES, rows * INDEX_BYTES_A_ROW)
        if worth >= _WORTH_IT * self._index_cache_bytes:
            reads = await answer(lancedb.connect_async(self._location, session=_session(self.disk, worth)))
            # the old ones are not closed: whoever reads by them still does
            self._reads, self._read_handles, self._index_cache_bytes = reads, {}, worth
        return self._index_cache_bytes

    async def close(self) -> None:
        for table in (*self._read_handles.values(), *self._write_handles.values()):
            table.close()
        self._read_handles.clear()
        self._write_handles.clear()
        self._reads.close()
        self._writes.close()

    async def reading(self, name: str) -> AsyncTable:
        """A table's handle at its latest version: what is read with it sees every commit made before."""
        if (table := self._read_handles.get(name)) is None:
            table = self._read_handles.setdefault(name, await _open(self._reads, name))
        await answer(table.checkout_latest())
        return table

    async def writing(self, name: str) -> AsyncTable:
        """A table's handle for commits. One writer a table at a time: whoever holds the shard's commit lock."""
        if (table := self._write_handles.get(name)) is None:
            table = self._write_handles.setdefault(name, await _open(self._writes, name))
        return table

    async def fence(self, shard: int) -> None:
        """Make every commit of the shard's tables fail that was begun before, however late it goes on. Only under the commit lock.

        LanceDB lets two commits that meet follow each other where they touch different rows, but none follow a "restore" that
        was begun before it. What one of them still wrote a moment before is taken back: its plan is applied again.
        """
        await together(*(self._fence(name) for name in shard_tables(shard)))

    async def _fence(self, name: str) -> None:
        table = await _open(self._writes, name)
        try:
            await answer(table.checkout(await answer(table.version())))
            await answer(table.restore())
        finally:
            table.close()

    def shards_of(self, selection: Selection) -> list[int]:
        """The shards a selection can have memories in."""
        subjects = selection.subjects()
        return list(range(self.shards)) if subjects is None else sorted({shard_of(subject, self.shards) for subject in subjects})

    def shards_of_id(self, memory_id: str) -> tuple[int | None, list[int]]:
        """The shard a memory of this id most likely lies in, if its id tells, and all the others."""
        likely = shard_hint(memory_id) if is_uuid(memory_id) else None
        if likely is not None and likely >= self.shards:
            likely = None
        return likely, [shard for shard in range(self.shards) if shard != likely]

    async def _lacking(self) -> dict[str, pa.Schema]:
        """The tables that are not there: all of a new store, those a later version brought of an old one."""
        there = set((await answer(self._writes.list_tables(limit=_TABLES_MAX))).tables)
        return {name: schema for name, schema in schemas(self.shards, self.dimension).items() if name not in there}

    async def _widen(self) -> None:
        """Give tables of accounts the columns that a later version brought, empty."""
        for name, schema in CONTROL.items():
            table = await self.writing(name)
            there = set((await answer(table.schema())).names)
            new = [field for field in schema if field.name not in there]
            if new:
                async with self.disk.alone():
                    with suppress(Unavailable):  # another process was first
                        await answer(table.add_columns(pa.schema(new)))
                    await self.disk.sync()

    async def _make(self, meta: Meta) -> None:
        async with self.disk.alone():
            if not await meta.built():
                await self._make_tables(meta)
            elif lacking := await self._lacking():
                await self._make_each(lacking)

    async def _make_tables(self, meta: Meta) -> None:
        await meta.claim()
        await self._make_each(schemas(self.shards, self.dimension))
        await meta.say_built()
        await self.disk.sync()

    async def _make_each(self, tables: Mapping[str, pa.Schema]) -> None:
        places = asyncio.Semaphore(_OPENING)

        async def make(name: str, schema: pa.Schema) -> None:
            async with places:
                await _make_table(self._writes, name, schema)

        await together(*(make(name, schema) for name, schema in tables.items()))
        await self.disk.sync()


def _session(disk: Disk, index_cache_bytes: int) -> Session:
    metadata_bytes = METADATA_CACHE_BYTES * (1 if disk.is_here else FAR_CACHES)
    return Session(index_cache_size_bytes=index_cache_bytes, metadata_cache_size_bytes=metadata_bytes)


async def _open(db: AsyncConnection, name: str) -> AsyncTable:
    try:
        return await answer(db.open_table(name))
    except ValueError as problem:
        raise Unavailable(f"the store has lost its table {name}") from problem


async def _make_table(db: AsyncConnection, name: str, schema: pa.Schema) -> None:
    """Make a table and its indexes, whatever of it is there or is being made by a process on another machine."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            table = await answer(db.create_table(name, schema=schema, exist_ok=True))
            await ensure_indexes(table, indexes(name))
        except (Unavailable, ValueError):  # the other's commit came between
            if attempt == _ATTEMPTS:
                raise
            await asyncio.sleep(random.uniform(0, 0.1 * attempt))
        else:
            return


async def ensure_indexes(table: AsyncTable, wanted: dict[str, Index]) -> None:
    """Make the indexes the table lacks."""
    there = {column for index in await answer(table.list_indices()) for column in index.columns}
    for column, index in wanted.items():
        if column not in there:
            await answer(table.create_index(column, config=index))
