"""Lifecycle events: what became of memories and of accepted events, for whoever listens. JSON on every road out."""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.event import Event
from schemas.memory import Change, ChangeKind
from schemas.receipt import Receipt, ReceiptStatus, Verdict
from schemas.scope import Scope


class LifecycleKind(StrEnum):
    ADDED = "memory.added"
    UPDATED = "memory.updated"
    SUPERSEDED = "memory.superseded"
    """Corrected by a newer memory, which `superseded_by` names."""
    ARCHIVED = "memory.archived"
    RESTORED = "memory.restored"
    DELETED = "memory.deleted"
    DONE = "event.done"
    """An accepted event was handled; `counts` says with what outcome."""
    FAILED = "event.failed"
    """An accepted event was given up; it lies in the dead letters."""


_KINDS = {
    ChangeKind.ADD: LifecycleKind.ADDED,
    ChangeKind.UPDATE: LifecycleKind.UPDATED,
    ChangeKind.SUPERSEDE: LifecycleKind.SUPERSEDED,
    ChangeKind.ARCHIVE: LifecycleKind.ARCHIVED,
    ChangeKind.RESTORE: LifecycleKind.RESTORED,
    ChangeKind.DELETE: LifecycleKind.DELETED,
}


class LifecycleEvent(BaseModel):
    """At least once, and of one memory in order. What comes a second time has the same `id`."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    id: str
    """Derived from what happened: for telling repetitions."""
    kind: LifecycleKind
    owner: str
    """The account."""
    user_id: str | None = None
    agent_id: str | None = None
    app_id: str | None = None
    run_id: str | None = None
    tags: tuple[str, ...] = ()
    memory_id: str | None = None
    """None of event.done and event.failed."""
    content: str | None = None
    """What the memory says now; None once it is deleted or superseded."""
    old_content: str | None = None
    """What it said before."""
    type: str | None = None
    """preference, fact, experience, goal or relationship."""
    categories: tuple[str, ...] = ()
    superseded_by: str | None = None
    """The memory that corrected or summarised it."""
    event_id: str
    """The accepted event, or the maintenance run, that did it."""
    event_kind: str | None = None
    """What was accepted, of event.done and event.failed: messages.received, memories.edited, memories.forgotten."""
    counts: dict[str, int] = {}
    """Of event.done: how many candidate facts met which verdict."""
    reason: str | None = None
    """Why, in words; of event.failed the error."""
    at: datetime
    """When it was decided."""


def of_change(change: Change) -> LifecycleEvent:
    """What a line of history is to those who listen."""
    return LifecycleEvent(
        id=change.id,
        kind=_KINDS[change.kind],
        memory_id=change.memory_id,
        content=change.new_content,
        old_content=change.old_content,
        type=change.type,
        categories=change.categories,
        superseded_by=change.superseded_by,
        event_id=change.event_id,
        reason=change.reason,
        at=change.at,
        **_whose(change.scope),
    )


def of_receipt(event: Event, receipt: Receipt) -> LifecycleEvent:
    """What a closed receipt is to those who listen. Closed again after a replay, it is another lifecycle event."""
    kind = LifecycleKind.FAILED if receipt.status is ReceiptStatus.FAILED else LifecycleKind.DONE
    at = receipt.completed_at or receipt.updated_at
    return LifecycleEvent(
        id=f"{event.id}/{kind.value}/{at.isoformat()}",
        kind=kind,
        event_id=event.id,
        event_kind=event.kind,
        counts=_counted(receipt.verdicts),
        reason=receipt.error,
        at=at,
        **_whose(event.scope),
    )


def _counted(verdicts: Iterable[Verdict]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for verdict in verdicts:
        counts[verdict.action.value] = counts.get(verdict.action.value, 0) + 1
    return counts


def _whose(scope: Scope) -> dict[str, Any]:
    return {
        "owner": scope.owner,
        "user_id": scope.user,
        "agent_id": scope.agent,
        "app_id": scope.app,
        "run_id": scope.run,
        "tags": scope.tags,
    }
