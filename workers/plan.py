"""Plan: what an event will do to the store. It is made durable before it is applied, and may be applied twice."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from core.store.links import Linked
from schemas.memory import Change, Memory
from schemas.receipt import Verdict

Vector = NDArray[np.float32]


@dataclass(slots=True)
class Plan:
    """Rows to write and rows to remove, the history lines that say so, and the verdicts for the receipt."""

    upserts: list[Memory] = field(default_factory=list)
    """Whole rows, each one version above the one it replaces."""
    embed: list[str] = field(default_factory=list)
    """Ids among `upserts` whose text is new and wants a vector; the others keep the stored one."""
    deletes: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    links: list[Linked] = field(default_factory=list)
    """Of imported memories; those that are there already stay as they are."""


PLAN = TypeAdapter(Plan)


@dataclass(slots=True)
class Commit:
    """The plans of a batch folded into one commit of the shard."""

    upserts: dict[str, tuple[Memory, Vector | None]] = field(default_factory=dict)
    deletes: dict[str, None] = field(default_factory=dict)
    changes: dict[str, Change] = field(default_factory=dict)
    links: list[Linked] = field(default_factory=list)

    def add(self, plan: Plan, vectors: dict[str, Vector]) -> None:
        """Fold in the next plan in order: of a row written twice the later version stays, with the last vector it got."""
        for memory in plan.upserts:
            earlier = self.upserts.get(memory.id, (None, None))[1]
            vector = vectors.get(memory.id) if memory.id in plan.embed else earlier
            self.upserts[memory.id] = (memory, vector)
            self.deletes.pop(memory.id, None)
        for memory_id in plan.deletes:
            self.upserts.pop(memory_id, None)
            self.deletes[memory_id] = None
        self.changes.update((change.id, change) for change in plan.changes)
        self.links.extend(plan.links)

    def __bool__(self) -> bool:
        return bool(self.upserts or self.deletes or self.changes)


def texts_to_embed(plans: Iterable[Plan]) -> dict[str, str]:
    """id -> text of every row that wants a vector."""
    return {memory.id: memory.content for plan in plans for memory in plan.upserts if memory.id in plan.embed}
