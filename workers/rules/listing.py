"""Listing: fields that ask for the memories themselves and not for what they say."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from schemas.memory import Memory
from schemas.profile_schema import Field

LISTED_MAX = 200
"""Memories in one list, the newest."""
_LISTS = frozenset({"memories", "facts", "statements"})
_PARTS: Mapping[str, Callable[[Memory], Any]] = {
    "id": lambda memory: memory.id,
    "memory_id": lambda memory: memory.id,
    "memory": lambda memory: memory.content,
    "content": lambda memory: memory.content,
    "text": lambda memory: memory.content,
    "type": lambda memory: memory.type.value,
    "categories": lambda memory: list(memory.categories),
    "confidence": lambda memory: memory.confidence,
    "importance": lambda memory: memory.importance,
    "user_id": lambda memory: memory.scope.user,
    "agent_id": lambda memory: memory.scope.agent,
    "app_id": lambda memory: memory.scope.app,
    "run_id": lambda memory: memory.scope.run,
    "created_at": lambda memory: memory.said_at.isoformat(),
    "updated_at": lambda memory: memory.updated_at.isoformat(),
}


def listed(fields: Sequence[Field], memories: Sequence[Memory]) -> dict[str, Any]:
    """Lists of objects whose properties are all a memory's own, and lists of texts named for memories: one item a memory."""
    found: dict[str, Any] = {}
    for field in fields:
        if field.kind != "array":
            continue
        names = [part.name for part in field.fields]
        if field.items == "object" and names and all(name in _PARTS for name in names):
            found[field.name] = [{name: _PARTS[name](memory) for name in names} for memory in memories[:LISTED_MAX]]
        elif field.items == "string" and not field.options and field.name in _LISTS:
            found[field.name] = [memory.content for memory in memories[:LISTED_MAX]]
    return found
