"""Rewriting: a memory changed by maintenance, with what undoes it and the line of history that tells of it."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.store.journal import Entry, Kind
from core.store.rows import Vector, packed
from core.store.tending import Batch, Row
from schemas.memory import ChangeKind, Memory, MemoryState
from workers.maintenance.running import Running
from workers.stages.change import change


def rewrite(batch: Batch, row: Row, running: Running, **fields: Any) -> Memory:
    """Change fields of a memory. Its version stays: what its owner writes meanwhile is above it, and stands."""
    before, vector = row
    after = replace(before, **fields)
    batch.rewritten.append((after, vector))
    old = {name: _plain(getattr(before, name)) for name in fields}
    new = {name: _plain(value) for name, value in fields.items()}
    batch.entries.append(_entry(running, before, Kind.CHANGED, old, new))
    return after


def archive(batch: Batch, row: Row, running: Running, reason: str, superseded_by: str | None = None) -> None:
    """Out of search and lists; readable by id, and restorable."""
    after = rewrite(batch, row, running, state=MemoryState.ARCHIVED, superseded_by=superseded_by)
    _tell(batch, ChangeKind.ARCHIVE, row[0], after, running, reason)


def remove(batch: Batch, row: Row, running: Running, reason: str) -> None:
    """Deleted, until the journal's time is over."""
    memory, vector = row
    batch.removed.append(memory.id)
    batch.entries.append(_entry(running, memory, Kind.REMOVED, packed(memory), None, vector))
    _tell(batch, ChangeKind.DELETE, memory, None, running, reason)


def add(batch: Batch, memory: Memory, vector: Vector, running: Running, reason: str) -> None:
    """A memory that maintenance made."""
    batch.added.append((memory, vector))
    batch.entries.append(_entry(running, memory, Kind.ADDED, None, packed(memory)))
    _tell(batch, ChangeKind.ADD, None, memory, running, reason)


def restore(batch: Batch, row: Row, running: Running, fields: Mapping[str, Any], reason: str) -> Memory:
    """Fields set back, and nothing noted to undo it."""
    before, vector = row
    typed: dict[str, Any] = {name: MemoryState(value) if name == "state" else value for name, value in fields.items()}
    after = replace(before, **typed)
    batch.rewritten.append((after, vector))
    if before.state is not after.state:
        _tell(batch, ChangeKind.RESTORE, before, after, running, reason)
    return after


def bring_back(batch: Batch, memory: Memory, vector: Vector, running: Running, reason: str) -> None:
    """A row that was removed, as it was."""
    batch.added.append((memory, vector))
    _tell(batch, ChangeKind.RESTORE, None, memory, running, reason)


def take_away(batch: Batch, memory: Memory, running: Running, reason: str) -> None:
    """A row that was added."""
    batch.removed.append(memory.id)
    _tell(batch, ChangeKind.DELETE, memory, None, running, reason)


def _tell(batch: Batch, kind: ChangeKind, before: Memory | None, after: Memory | None, running: Running, reason: str) -> None:
    line = change(kind, before=before, after=after, event_id=running.run.id, at=running.now(), reason=reason)
    batch.changes.append(line)


def _entry(running: Running, memory: Memory, kind: Kind, before: Any, after: Any, vector: Vector | None = None) -> Entry:
    return Entry(running.run.id, memory.id, memory.scope.subject, kind, before, after, running.now(), vector)


def _plain(value: Any) -> Any:
    return value.value if isinstance(value, MemoryState) else value
