"""Mem0's memories, as `get_all` and its exports give them: stored word for word."""

from collections.abc import Iterator
from typing import Any

from cli.imports.message import Message, Unreadable, first, given, object_of

_IDS = ("user_id", "agent_id", "app_id", "run_id")


def read(element: Any) -> Iterator[Message]:
    memory = object_of(element)
    content = first(memory, ("memory", "text", "content", "data"))
    if not isinstance(content, str):
        raise Unreadable("it has no memory")
    metadata = memory.get("metadata") if isinstance(memory.get("metadata"), dict) else {}
    categories = given(categories=memory.get("categories"))
    yield {
        "content": content,
        "infer": False,
        "immutable": memory.get("immutable") is True,
        **given(
            **{name: memory.get(name) for name in _IDS},
            metadata={**categories, **(metadata or {})},
            timestamp=first(memory, ("created_at", "updated_at")),
            expiration_date=memory.get("expiration_date"),
        ),
    }
