"""Restore: memories that an export told of become what they were. Done twice, nothing changes the second time."""

from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace

import numpy as np

from core.store.history import line_holder
from core.store.links import Linked
from schemas.event import MemoriesImported, Restored
from schemas.memory import Change, Memory
from schemas.portable import vector_bytes
from schemas.receipt import Action, Verdict
from workers.draft import Vectors
from workers.plan import Plan, Vector
from workers.rules.identity import Identity
from workers.stages.embed import MicroBatcher
from workers.stages.recollect import Recollection

_UNIT = 1e-3
"""How far a vector's length may be from 1."""


async def imported_vectors(event: MemoriesImported, batcher: MicroBatcher) -> Vectors:
    """A row a memory: what travelled, where the same model made it, and what the model makes of all others."""
    model, dimension = batcher.embedder.name, batcher.embedder.dimension
    travelled = [_travelled(restored, model, dimension) for restored in event.memories]
    missing = [restored.memory.content for restored, vector in zip(event.memories, travelled, strict=True) if vector is None]
    made = iter(await batcher.embed(missing))
    rows = [next(made) if vector is None else vector for vector in travelled]
    return np.stack(rows) if rows else np.empty((0, dimension), np.float32)


def _travelled(restored: Restored, model: str, dimension: int) -> Vector | None:
    """The vector that came along, if it is one of this model's."""
    if restored.vector is None or restored.memory.embedding_model != model:
        return None
    try:
        vector = np.frombuffer(vector_bytes(restored.vector), "<f4").astype(np.float32)
    except ValueError:
        return None
    return vector if vector.shape == (dimension,) and abs(float(np.linalg.norm(vector)) - 1) < _UNIT else None


def restore(event: MemoriesImported, memories: Recollection, vectors: Iterable[Vector], shard: int, model: str) -> Plan:
    """Each memory as it was, unless a version as new is stored; and what its history here lacks of the history told.

    `vectors` go with the event's memories, in order. An id that is another's here becomes one derived from it.
    """
    restoring = _Restoring(event, memories, Identity(event.subject, shard), model, Plan())
    for restored, vector in zip(event.memories, vectors, strict=True):
        memory = restoring.here(restored.memory)
        restoring.put(memory, vector, restored.links)
        restoring.note(restored.history, memory.id)
    for change in event.changes:
        restoring.note([change], restoring.own(change.memory_id))
    if event.changes:
        restoring.tell(Action.NONE, f"history of memories that are gone: {len(event.changes)} lines")
    return restoring.plan


@dataclass(frozen=True, slots=True)
class _Restoring:
    """One event's effects on plan, overlay and vectors."""

    event: MemoriesImported
    memories: Recollection
    identity: Identity
    model: str
    plan: Plan

    def own(self, memory_id: str) -> str:
        return self.identity.own(memory_id, self.event.subject, self._holders)

    def here(self, memory: Memory) -> Memory:
        """The memory as it is kept here. It was not accepted after its import, or a deletion might never reach it."""
        return replace(
            memory,
            id=self.own(memory.id),
            superseded_by=self.own(memory.superseded_by) if memory.superseded_by else None,
            accepted_at=min(memory.accepted_at, self.event.accepted_at or self.event.occurred_at),
            embedding_model=self.model,
        )

    def put(self, memory: Memory, vector: Vector, links: Mapping[str, float]) -> None:
        stored = self.memories.overlay.rows.get(memory.id, self.memories.by_id.get(memory.id))
        if stored is not None and stored.version >= memory.version:
            self.tell(Action.NONE, "already known" if stored.version == memory.version else "a newer version is stored", memory)
            return
        self.plan.upserts.append(memory)
        self.plan.embed.append(memory.id)
        self.memories.vectors[memory.id] = vector
        self.memories.overlay.put(memory, vector)
        if links:
            near = {self.own(other): similarity for other, similarity in links.items()}
            self.plan.links.append(Linked(memory.id, memory.scope.owner, memory.scope.subject, memory.content_hash, near))
        self.tell(Action.UPDATE if stored else Action.ADD, "restored from an export", memory, stored.content if stored else None)

    def note(self, changes: Iterable[Change], memory_id: str) -> None:
        for change in changes:
            holder = line_holder(change.scope.owner, memory_id)
            own = self.identity.own(change.id, holder, lambda line_id: self.memories.lines.get(line_id, frozenset()))
            self.memories.lines[own] = frozenset({holder})
            self.plan.changes.append(replace(change, id=own, memory_id=memory_id))

    def tell(self, action: Action, reason: str, memory: Memory | None = None, previous_text: str | None = None) -> None:
        about = {"text": memory.content, "memory_id": memory.id, "type": memory.type} if memory else {}
        self.plan.verdicts.append(Verdict(action=action, reason=reason, previous_text=previous_text, **about))

    def _holders(self, memory_id: str) -> Set[str]:
        """The subjects that have a memory of this id, or will once the batch is committed."""
        pending = self.memories.overlay.rows.get(memory_id)
        return self.memories.held.get(memory_id, frozenset()) | ({pending.scope.subject} if pending else frozenset())
