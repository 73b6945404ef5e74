"""What clients read."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas.memory import Memory, MemoryType
from schemas.receipt import Action, Receipt
from schemas.wire.memories_api.cursor import write_cursor

_MADE = (Action.ADD, Action.SUPERSEDE)


class _Answer(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    success: Literal[True] = True


class Created(_Answer):
    memories_created: int
    """Facts stored before are not created again, and not counted."""
    memory_ids: list[str]
    owner_id: str
    user_id: str | None


class MemoryRow(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    owner_clerk_id: str
    """The same as `owner_id`."""
    end_user_id: str | None
    content: str
    memory_type: MemoryType
    confidence: float
    metadata: dict[str, Any] | None
    source_type: Literal["text"]
    created_at: datetime
    updated_at: datetime


class Listed(_Answer):
    count: int
    """Rows on this page."""
    next_cursor: str | None
    """Null on the last page."""
    results: list[MemoryRow]


class One(_Answer):
    memory: MemoryRow


class Done(_Answer):
    pass


class Details(BaseModel):
    formErrors: list[str]
    fieldErrors: dict[str, list[str]]


class Failure(BaseModel):
    error: str
    details: Details | None = None
    """With 400."""


def created(receipt: Receipt, owner: str, user: str | None) -> dict[str, Any]:
    """The answer to an add whose receipt is closed."""
    made = (verdict.memory_id for verdict in receipt.verdicts if verdict.action in _MADE and verdict.memory_id)
    ids = list(dict.fromkeys(made))
    return {"success": True, "memories_created": len(ids), "memory_ids": ids, "owner_id": owner, "user_id": user}


def listed(memories: Sequence[Memory], limit: int) -> dict[str, Any]:
    """A page of `limit`; `memories` holds one more where there is another page."""
    page = memories[:limit]
    following = write_cursor(page[-1]) if len(memories) > limit else None
    return {"success": True, "count": len(page), "next_cursor": following, "results": [row(memory) for memory in page]}


def row(memory: Memory) -> dict[str, Any]:
    """One memory."""
    return {
        "id": memory.id,
        "owner_clerk_id": memory.scope.owner,
        "end_user_id": memory.scope.user,
        "content": memory.content,
        "memory_type": memory.type.value,
        "confidence": round(memory.confidence, 2),
        "metadata": dict(memory.metadata) or None,
        "source_type": "text",
        "created_at": _seconds(memory.created_at),
        "updated_at": _seconds(memory.updated_at),
    }


def _seconds(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
