"""Memory Layer's memory object, and the search result around it."""

from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.memory import Memory, MemoryState
from schemas.search import Hit, blended
from schemas.wire.memory_layer.fields import rounded, stamp

FAMILIARITY_SHARE = 0.3
"""Of `combined_score`; similarity has the rest."""


class MemoryObject(BaseModel):
    """Times are UTC with milliseconds and a Z."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    content: str
    external_user_id: str | None
    """None for a memory that another dialect stored without a user."""
    metadata: dict[str, Any]
    importance_score: float
    """min(1, 0.5 + 0.1 log2(1 + access_count)): grows as it is found and read."""
    access_count: int
    """How often it was found or read; up to half a minute late."""
    archived: bool
    """Pruned or summed up: left out of search, lists and chat."""
    created_at: str
    updated_at: str


class FoundMemory(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    memory: MemoryObject
    similarity: float
    """Cosine, 0..1."""
    combined_score: float
    """0.7 similarity + 0.3 importance_score; best first."""


def memory_object(memory: Memory) -> dict[str, Any]:
    """The fields of a MemoryObject."""
    return {
        "id": memory.id,
        "content": memory.content,
        "external_user_id": memory.scope.user,
        "metadata": dict(memory.metadata),
        "importance_score": rounded(memory.familiarity),
        "access_count": memory.access_count,
        "archived": memory.state is MemoryState.ARCHIVED,
        "created_at": stamp(memory.created_at),
        "updated_at": stamp(memory.updated_at),
    }


def found_memory(hit: Hit) -> dict[str, Any]:
    """The fields of a FoundMemory."""
    return {
        "memory": memory_object(hit.memory),
        "similarity": rounded(hit.similarity),
        "combined_score": rounded(blended(hit, FAMILIARITY_SHARE)),
    }
