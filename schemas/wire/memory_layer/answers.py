"""What clients read."""

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas.memory import Memory
from schemas.plan import Usage, Used
from schemas.receipt import Receipt
from schemas.search import Hit, Page, Tally
from schemas.wire.memory_layer.fields import rounded, stamp
from schemas.wire.memory_layer.memory import FoundMemory, MemoryObject, found_memory, memory_object


class _Answer(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)


class One(_Answer):
    status: Literal["success"]
    memory: MemoryObject


class Found(_Answer):
    results: list[FoundMemory]
    total_count: int
    """Results in this answer."""


class Listed(_Answer):
    memories: list[MemoryObject]
    results: list[MemoryObject]
    """The same once more."""
    total_count: int
    """All there are."""
    limit: int
    offset: int


class Deleted(_Answer):
    status: Literal["success"]
    message: str
    id: str


class UsedOfPlan(_Answer):
    """How much of what a plan allows is used."""

    used: int
    limit: int | None
    """None: there is none."""
    window: Literal["day", "month"] | None
    """Of the calendar, UTC; None: not counted by time."""
    resets_at: str | None


class Stats(_Answer):
    total_memories: int
    active_memories: int
    archived_memories: int
    unique_users: int
    average_importance: float
    total_accesses: int
    oldest_memory_at: str | None
    newest_memory_at: str | None
    plan: str
    usage: dict[str, UsedOfPlan]
    """memories, searches and tokens, of the whole account."""


def stored_id(receipt: Receipt) -> str | None:
    """The memory that says what was sent: made by it, or there before."""
    return next((verdict.memory_id for verdict in receipt.verdicts if verdict.memory_id), None)


def one(memory: Memory) -> dict[str, Any]:
    return {"status": "success", "memory": memory_object(memory)}


def found(hits: Sequence[Hit]) -> dict[str, Any]:
    return {"results": [found_memory(hit) for hit in hits], "total_count": len(hits)}


def listed(page: Page, limit: int, offset: int) -> dict[str, Any]:
    rows = [memory_object(memory) for memory in page.memories]
    return {"memories": rows, "results": rows, "total_count": page.total, "limit": limit, "offset": offset}


def deleted(memory_id: str) -> dict[str, Any]:
    return {"status": "success", "message": "Memory deleted", "id": memory_id}


def statistics(tally: Tally, usage: Usage) -> dict[str, Any]:
    """The fields of Stats."""
    return {
        "total_memories": tally.total,
        "active_memories": tally.active,
        "archived_memories": tally.total - tally.active,
        "unique_users": tally.users,
        "average_importance": rounded(tally.familiarity / tally.total) if tally.total else 0.0,
        "total_accesses": tally.accesses,
        "oldest_memory_at": stamp(tally.oldest) if tally.oldest else None,
        "newest_memory_at": stamp(tally.newest) if tally.newest else None,
        "plan": usage.plan,
        "usage": {"memories": _used(usage.memories), "searches": _used(usage.searches), "tokens": _used(usage.tokens)},
    }


def _used(of: Used) -> dict[str, Any]:
    return {"used": of.used, "limit": of.limit, "window": of.window, "resets_at": stamp(of.resets_at) if of.resets_at else None}
