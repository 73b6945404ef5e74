"""Changes: the history line that goes with every row written or removed."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any
from uuid import UUID

from schemas.memory import Change, ChangeKind, Memory

_INPUT_CHARS = 2_000
"""Of each source message this much is kept in history."""


def change(
    kind: ChangeKind,
    *,
    before: Memory | None,
    after: Memory | None,
    event_id: str,
    at: datetime,
    reason: str,
    source: tuple[str, str] | None = None,
) -> Change:
    """The line for one row's change by one event; its id is the same every time the event is handled."""
    memory = after or before
    if memory is None:
        raise ValueError("a change needs a memory before or after it")
    metadata: Mapping[str, Any] = memory.metadata
    return Change(
        id=_line_id(event_id, memory.id, kind),
        memory_id=memory.id,
        scope=memory.scope,
        kind=kind,
        old_content=before.content if before else None,
        new_content=after.content if after and kind is not ChangeKind.SUPERSEDE else None,
        reason=reason,
        event_id=event_id,
        at=at,
        input=((source[0], source[1][:_INPUT_CHARS]),) if source else (),
        metadata=metadata,
        categories=memory.categories,
        type=memory.type,
        superseded_by=memory.superseded_by,
    )


def _line_id(event_id: str, memory_id: str, kind: ChangeKind) -> str:
    return str(UUID(bytes=blake2b(f"{event_id}/{memory_id}/{kind}".encode(), digest_size=16).digest(), version=4))
