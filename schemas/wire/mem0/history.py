"""Mem0's history of a memory: one line for each change."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas.memory import Change, ChangeKind

_EVENTS = {
    ChangeKind.ADD: "ADD",
    ChangeKind.UPDATE: "UPDATE",
    ChangeKind.SUPERSEDE: "DELETE",
    ChangeKind.ARCHIVE: "DELETE",
    ChangeKind.RESTORE: "ADD",
    ChangeKind.DELETE: "DELETE",
}
"""What a list of memories shows of the change: one appears, changes, or goes away."""


class HistoryLine(BaseModel):
    """Times are ISO 8601 with offset."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    memory_id: str
    input: list[dict[str, str]]
    """The messages it came from, as {role, content}."""
    old_memory: str | None
    new_memory: str | None
    event: Literal["ADD", "UPDATE", "DELETE"]
    user_id: str | None
    agent_id: str | None
    app_id: str | None
    run_id: str | None
    session_id: str | None
    """run_id by its older name."""
    categories: list[str]
    metadata: dict[str, Any]
    created_at: str
    updated_at: str
    reason: str
    """Not in Mem0: why it changed."""


def history_line(change: Change) -> dict[str, Any]:
    """The fields of a HistoryLine."""
    scope, at = change.scope, change.at.isoformat()
    return {
        "id": change.id,
        "memory_id": change.memory_id,
        "input": [{"role": role, "content": content} for role, content in change.input],
        "old_memory": change.old_content,
        "new_memory": change.new_content,
        "event": _EVENTS[change.kind],
        "user_id": scope.user,
        "agent_id": scope.agent,
        "app_id": scope.app,
        "run_id": scope.run,
        "session_id": scope.run,
        "categories": list(change.categories),
        "metadata": dict(change.metadata),
        "created_at": at,
        "updated_at": at,
        "reason": change.reason,
    }
