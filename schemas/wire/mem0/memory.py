"""Mem0's memory object, and the search result that adds a score to it."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.memory import Memory
from schemas.search import Hit
from schemas.wire.mem0.dates import expiration_date


class MemoryObject(BaseModel):
    """Times are ISO 8601 with offset."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    memory: str
    """What it says."""
    user_id: str | None
    agent_id: str | None
    app_id: str | None
    run_id: str | None
    session_id: str | None
    """run_id by its older name."""
    metadata: dict[str, Any]
    categories: list[str]
    created_at: str
    """When it was said; `timestamp` backdates it."""
    updated_at: str
    expiration_date: str | None
    """The last day on which it counts, YYYY-MM-DD."""
    immutable: bool
    hash: str
    """Equal for memories that say the same in the same words."""
    memory_type: str
    """preference, fact, experience, goal or relationship."""
    lifecycle_state: str
    """active, superseded or archived; only active ones are searched and listed."""
    replaced_by: str | None
    """The memory that corrected it."""
    synthesized: bool
    """Whether it sums up other memories."""


class ScoreBreakdown(BaseModel):
    """The parts of a score, each 0..1."""

    similarity: float
    lexical: float
    recency: float
    importance: float


class FoundMemory(MemoryObject):
    score: float
    """0..1, best first."""
    score_breakdown: ScoreBreakdown


def memory_object(memory: Memory) -> dict[str, Any]:
    """The fields of a MemoryObject."""
    scope = memory.scope
    return {
        "id": memory.id,
        "memory": memory.content,
        "user_id": scope.user,
        "agent_id": scope.agent,
        "app_id": scope.app,
        "run_id": scope.run,
        "session_id": scope.run,
        "metadata": dict(memory.metadata),
        "categories": list(memory.categories),
        "created_at": memory.said_at.isoformat(),
        "updated_at": memory.updated_at.isoformat(),
        "expiration_date": expiration_date(memory.expires_at),
        "immutable": memory.immutable,
        "hash": memory.content_hash,
        "memory_type": memory.type.value,
        "lifecycle_state": memory.state.value,
        "replaced_by": memory.superseded_by,
        "synthesized": memory.source_kind == "summary",
    }


def found_memory(hit: Hit, fields: list[str] | None = None) -> dict[str, Any]:
    """The fields of a FoundMemory; where `fields` names some, those besides id and score."""
    found = memory_object(hit.memory) | {
        "score": hit.score,
        "score_breakdown": {
            "similarity": hit.similarity,
            "lexical": hit.lexical,
            "recency": hit.recency,
            "importance": hit.importance,
        },
    }
    return {key: value for key, value in found.items() if key in ("id", "score", *fields)} if fields else found
