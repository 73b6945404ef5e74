"""Memories for tests of the store, and a way to commit them."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.store.connection import Store
from core.store.writer import ShardWriter
from schemas.ids import memory_id, new_id
from schemas.memory import Change, ChangeKind, Memory
from schemas.scope import Scope, shard_of
from schemas.search import Condition, Filter, Selection

DIMENSION = 16
SHARDS = 3
NOW = datetime(2026, 5, 17, 12, 30, tzinfo=UTC)

Vector = NDArray[np.float32]
Remember = Callable[..., Awaitable[None]]


def towards(*weights: float) -> Vector:
    """A unit vector with these first coordinates."""
    vector = np.zeros(DIMENSION, np.float32)
    vector[: len(weights)] = weights
    return vector / np.linalg.norm(vector)


def memory(content: str = "The user likes tea.", *, owner: str = "acme", user: str | None = "ann", **fields: Any) -> Memory:
    """A memory of ann's, made now; scope fields and memory fields by name."""
    named = {name: fields.pop(name) for name in ("agent", "app", "run", "tags") if name in fields}
    scope = Scope(owner=owner, user=user, **named)
    made = {"said_at": NOW, "created_at": NOW, "updated_at": NOW, "accepted_at": NOW}
    identity = memory_id(new_id(), 0, shard_of(scope.subject, SHARDS))
    return Memory(**{"id": identity, "scope": scope, "content": content} | made | fields)


def later(known: Memory, **fields: Any) -> Memory:
    """The next version of a memory."""
    return replace(known, **{"version": known.version + 1, "updated_at": known.updated_at + timedelta(seconds=1)} | fields)


def change(known: Memory, kind: ChangeKind = ChangeKind.ADD, **fields: Any) -> Change:
    """A line of a memory's history."""
    line = {"id": f"{kind}-{known.id}", "memory_id": known.id, "scope": known.scope, "kind": kind, "reason": "said so", "event_id": "e"}
    return Change(**line | {"old_content": None, "new_content": known.content, "at": known.updated_at} | fields)


def writer_of(store: Store, known: Memory) -> ShardWriter:
    """The writer of the shard a memory belongs to."""
    return ShardWriter(store, shard_of(known.scope.subject, store.shards), clock=lambda: NOW)


def remember_in(store: Store) -> Remember:
    """Commits memories, each in its shard; a (memory, vector) pair, or a memory that gets the vector (1, 0, ...)."""

    async def commit(*rows: Memory | tuple[Memory, Vector]) -> None:
        pairs = [row if isinstance(row, tuple) else (row, towards(1)) for row in rows]
        for shard in range(store.shards):
            if mine := [pair for pair in pairs if shard_of(pair[0].scope.subject, store.shards) == shard]:
                await ShardWriter(store, shard, clock=lambda: NOW).commit(mine, ())

    return commit


def of(user: str, *, owner: str = "acme", **fields: Any) -> Selection:
    """What one user of an owner may touch."""
    return Selection(owner=owner, where=Condition(field="user", value=user), **fields)


def having(where: Filter, *, owner: str = "acme", **fields: Any) -> Selection:
    """What a filter leaves of an owner's memories."""
    return Selection(owner=owner, where=where, **fields)
