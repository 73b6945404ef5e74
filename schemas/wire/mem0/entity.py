"""Mem0's entity: a user, agent, app or run that has memories."""

from collections import Counter
from collections.abc import Iterable
from hashlib import blake2b
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas.search import Entity


class EntityObject(BaseModel):
    """Times are ISO 8601 with offset."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    """A whole number in a string, for the older deletion by number."""
    name: str
    """The id its memories were added with."""
    type: Literal["user", "agent", "app", "run"]
    created_at: str
    updated_at: str
    owner: str
    metadata: dict[str, Any]
    total_memories: int


def entity_object(entity: Entity, owner: str) -> dict[str, Any]:
    """The fields of an EntityObject."""
    return {
        "id": number(entity),
        "name": entity.name,
        "type": entity.kind,
        "created_at": entity.created_at.isoformat(),
        "updated_at": entity.updated_at.isoformat(),
        "owner": owner,
        "metadata": {},
        "total_memories": entity.total,
    }


def number(entity: Entity) -> str:
    """The entity's number: always the same for its type and name, and small enough to stay exact in JavaScript."""
    digest = blake2b(f"{entity.kind}/{entity.name}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return str(int.from_bytes(digest, "big") >> 11)


def totals(entities: Iterable[Entity]) -> dict[str, int]:
    """How many there are of each type, as the list of entities tells it."""
    count = Counter(entity.kind for entity in entities)
    return {f"total_{kind}s": count[kind] for kind in ("user", "agent", "app", "run")}
