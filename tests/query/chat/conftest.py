"""Fixtures: hits made in one line."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from schemas.ids import memory_id
from schemas.memory import Memory
from schemas.scope import Scope
from schemas.search import Hit

NOW = datetime(2026, 3, 14, tzinfo=UTC)
Found = Callable[..., Hit]


@pytest.fixture
def found() -> Found:
    """A memory as recall found it: `found("The user likes tea.", similarity=0.5)`. Without a similarity no test of nearness passes."""
    made = 0

    def make(content: str, *, similarity: float = 0.2, speaker: str | None = None, days_ago: float = 0) -> Hit:
        nonlocal made
        made += 1
        said_at = NOW - timedelta(days=days_ago)
        memory = Memory(
            id=memory_id("event", made, 0),
            scope=Scope(owner="acme", user="alice"),
            content=content,
            speaker=speaker,
            said_at=said_at,
            created_at=said_at,
            updated_at=said_at,
            accepted_at=said_at,
        )
        return Hit(memory=memory, score=max(0.3, similarity), similarity=similarity)

    return make
