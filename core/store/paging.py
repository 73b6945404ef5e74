"""Paging: a selection's memories in order of creation, a page at a time, over all shards."""

import heapq
from collections.abc import Sequence
from datetime import datetime
from itertools import islice
from operator import itemgetter

from lancedb.query import ColumnOrdering

from core.store.connection import Store
from core.store.engine import answer, both, rows_of, together
from core.store.filters import NOTHING, after_filter, ids_filter, selection_filter
from core.store.rows import Vector, matrix, memories
from core.store.tables import MEMORY_READ, memories_name
from schemas.memory import Memory
from schemas.search import Page, Selection

Place = tuple[int, str, int]
"""A row's place in the order: microseconds of creation, id; then its shard."""


async def page(
    store: Store, selection: Selection, now: datetime, *, newest_first: bool, offset: int, limit: int, after: tuple[datetime, str] | None
) -> Page:
    """The page from `offset` on, or from the row after (created_at, id), and how many rows the selection has in all."""
    where = selection_filter(selection, now)
    if where == NOTHING:
        return Page((), 0)
    beyond = f"{where} AND {after_filter(*after, newest_first=newest_first)}" if after else where
    shards = store.shards_of(selection) if limit > 0 else []
    orders = together(*(_order(store, shard, beyond, offset + limit, newest_first=newest_first) for shard in shards))
    total, ordered = await both(count(store, selection, now), orders)
    merged = heapq.merge(*ordered, key=itemgetter(0, 1), reverse=newest_first)
    places = list(islice(merged, offset, offset + limit))
    return Page(await _fetch(store, selection.owner, places), total)


async def count(store: Store, selection: Selection, now: datetime) -> int:
    """How many memories the selection means."""
    where = selection_filter(selection, now)
    if where == NOTHING:
        return 0

    async def one(shard: int) -> int:
        table = await store.reading(memories_name(shard))
        return await answer(table.count_rows(where))

    return sum(await together(*map(one, store.shards_of(selection))))


async def _order(store: Store, shard: int, where: str, limit: int, *, newest_first: bool) -> list[Place]:
    """The first `limit` places of a shard. LanceDB keeps no more than that while it sorts."""
    table = await store.reading(memories_name(shard))
    ordering = [ColumnOrdering(column_name=name, ascending=not newest_first) for name in ("created_at", "id")]
    query = table.query().where(where).select(["created_at", "id"]).order_by(ordering).limit(limit)
    rows = await rows_of(query)
    moments = rows["created_at"].cast("int64").to_pylist()
    return [(moment, memory_id, shard) for moment, memory_id in zip(moments, rows["id"].to_pylist(), strict=True)]


async def _fetch(store: Store, owner: str, places: Sequence[Place]) -> list[Memory]:
    ids: dict[int, list[str]] = {}
    for _, memory_id, shard in places:
        ids.setdefault(shard, []).append(memory_id)
    fetched = await together(*(by_ids(store, shard, owner, wanted) for shard, wanted in ids.items()))
    found = {memory.id: memory for part in fetched for memory in part}
    return [found[memory_id] for _, memory_id, _ in places if memory_id in found]


async def vectors(store: Store, owner: str, memory_ids: Sequence[str]) -> dict[str, Vector]:
    """By id, the (dim,) vectors of the owner's memories of these ids."""
    found: dict[str, Vector] = {}
    for shard in range(store.shards) if memory_ids else ():
        table = await store.reading(memories_name(shard))
        rows = await rows_of(table.query().where(ids_filter(owner, memory_ids)).select(["id", "vector"]))
        found |= dict(zip(rows["id"].to_pylist(), matrix(rows), strict=True)) if rows.num_rows else {}
    return found


async def by_ids(store: Store, shard: int, owner: str, ids: Sequence[str]) -> list[Memory]:
    """The owner's memories of these ids in a shard, in any state, in no order."""
    table = await store.reading(memories_name(shard))
    query = table.query().where(ids_filter(owner, ids)).select(MEMORY_READ)
    return memories(await rows_of(query))
