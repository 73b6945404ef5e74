"""Tally: a selection's memories summed up, by reading only what is summed."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc

from core.store.connection import Store
from core.store.engine import answer
from core.store.filters import NOTHING, selection_filter
from core.store.rows import moment
from core.store.tables import memories_name
from schemas.memory import MemoryState, familiarity
from schemas.search import Selection, Tally

_COLUMNS = ["user_id", "state", "created_at", "body"]
_READS = r'"access_count":(?P<times>\d+)'
"""No filter looks at reads, so they are in the body. It is the first match: metadata comes last, and in texts quotes are escaped."""


async def tally(store: Store, selection: Selection, now: datetime) -> Tally:
    """The selection's memories summed up."""
    where = selection_filter(selection, now)
    if where == NOTHING:
        return Tally()
    sums = _Sums()
    for shard in store.shards_of(selection):
        table = await store.reading(memories_name(shard))
        batches = await answer(table.query().where(where).select(_COLUMNS).to_batches())
        while (batch := await answer(anext(batches, None))) is not None:
            await asyncio.to_thread(sums.add, batch)
    return sums.tally()


@dataclass(slots=True)
class _Sums:
    """What the batches so far add up to."""

    total: int = 0
    active: int = 0
    users: set[str] = field(default_factory=set)
    familiarity: float = 0.0
    accesses: int = 0
    bounds: list[int] = field(default_factory=list)

    def add(self, batch: pa.RecordBatch) -> None:
        if not batch.num_rows:
            return
        self.total += batch.num_rows
        self.active += pc.sum(pc.equal(batch["state"], MemoryState.ACTIVE.value)).as_py() or 0
        self.users.update(name for name in pc.unique(batch["user_id"]).to_pylist() if name is not None)
        reads = pc.struct_field(pc.extract_regex(batch["body"], _READS), "times").cast(pa.int64())
        self.accesses += pc.sum(reads).as_py() or 0
        self.familiarity += sum(familiarity(one["values"]) * one["counts"] for one in pc.value_counts(reads).to_pylist())
        ends = pc.min_max(batch["created_at"].cast(pa.int64())).as_py()
        self.bounds += [ends["min"], ends["max"]]
        self.bounds = [min(self.bounds), max(self.bounds)]

    def tally(self) -> Tally:
        return Tally(
            total=self.total,
            active=self.active,
            users=len(self.users),
            familiarity=self.familiarity,
            accesses=self.accesses,
            oldest=moment(self.bounds[0]) if self.bounds else None,
            newest=moment(self.bounds[1]) if self.bounds else None,
        )
