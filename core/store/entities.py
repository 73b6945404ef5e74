"""Entities: the users, agents, apps and runs that have memories, counted by reading only those columns."""

import asyncio
from dataclasses import replace
from datetime import datetime
from typing import Literal, get_args

import pyarrow as pa

from core.store.connection import Store
from core.store.engine import answer
from core.store.filters import NOTHING, selection_filter
from core.store.rows import moment
from core.store.tables import memories_name
from schemas.search import Entity, Selection

Kind = Literal["user", "agent", "app", "run"]
_KINDS: tuple[Kind, ...] = get_args(Kind)
_COLUMNS = ["user_id", "agent_id", "app_id", "run_id", "created_at", "updated_at"]
Tally = dict[tuple[Kind, str], Entity]


async def entities(store: Store, owner: str, now: datetime) -> list[Entity]:
    """The owner's entities that have active memories, by kind, then by name."""
    where = selection_filter(Selection(owner=owner), now)
    if where == NOTHING:
        return []
    tally: Tally = {}
    for shard in range(store.shards):
        await _count(store, shard, where, tally)
    return sorted(tally.values(), key=lambda entity: (_KINDS.index(entity.kind), entity.name))


async def _count(store: Store, shard: int, where: str, tally: Tally) -> None:
    table = await store.reading(memories_name(shard))
    batches = await answer(table.query().where(where).select(_COLUMNS).to_batches())
    while (batch := await answer(anext(batches, None))) is not None:
        for entity in await asyncio.to_thread(_counted, batch):
            key = (entity.kind, entity.name)
            tally[key] = _sum(tally[key], entity) if key in tally else entity


def _counted(batch: pa.RecordBatch) -> list[Entity]:
    rows = pa.Table.from_batches([batch])
    return [entity for kind in _KINDS if batch[f"{kind}_id"].null_count < batch.num_rows for entity in _grouped(rows, kind)]


def _grouped(rows: pa.Table, kind: Kind) -> list[Entity]:
    name = f"{kind}_id"
    groups = rows.group_by(name).aggregate([([], "count_all"), ("created_at", "min"), ("updated_at", "max")])
    first, last = (groups[end].cast("int64").to_pylist() for end in ("created_at_min", "updated_at_max"))
    each = zip(groups[name].to_pylist(), groups["count_all"].to_pylist(), map(moment, first), map(moment, last), strict=True)
    return [
        Entity(kind=kind, name=name, total=total, created_at=created_at, updated_at=updated_at)
        for name, total, created_at, updated_at in each
        if name is not None
    ]


def _sum(one: Entity, other: Entity) -> Entity:
    return replace(
        one,
        total=one.total + other.total,
        created_at=min(one.created_at, other.created_at),
        updated_at=max(one.updated_at, other.updated_at),
    )
