"""Made memories: sentences that are all different, vectors around some topics, users of 50 memories each, a line of history each."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.store_speed import Corpus, Vector
from bench.texts import statements
from core.models.builtin.weights import NAME
from schemas.ids import memory_id, new_id
from schemas.memory import Change, ChangeKind, Memory
from schemas.scope import Scope, shard_of

OWNER = "default"
"""The account of an install's first key."""
_TOGETHER = 100
_USER_ROWS = 50
_VECTORS = 100
_START = datetime(2026, 1, 1, tzinfo=UTC)
Row = tuple[Memory, Vector, Change]


def user(number: int) -> str:
    """Whose the memory of this number is: a hundred users talk by turns, until each has said 50 things; then the next hundred."""
    return f"user{number // (_TOGETHER * _USER_ROWS) * _TOGETHER + number % _TOGETHER}"


def made(shards: int) -> Iterator[Row]:
    """Without end, by their numbers, the same in every run but for the ids."""
    corpus, texts, number = Corpus(), statements(seed=9), 0
    while True:
        for vector in corpus.vectors(_VECTORS):
            memory = _memory(next(texts), number, shards)
            yield memory, vector, _added(memory)
            number += 1


def _memory(text: str, number: int, shards: int) -> Memory:
    at, scope = _START + timedelta(seconds=number), Scope(owner=OWNER, user=user(number))
    moments = {"said_at": at, "created_at": at, "updated_at": at, "accepted_at": at}
    made_id = memory_id(new_id(), 0, shard_of(scope.subject, shards))
    return Memory(id=made_id, scope=scope, content=text, source_kind="verbatim", embedding_model=NAME, **moments)


def _added(memory: Memory) -> Change:
    return Change(
        id=new_id(),
        memory_id=memory.id,
        scope=memory.scope,
        kind=ChangeKind.ADD,
        old_content=None,
        new_content=memory.content,
        reason="stated",
        event_id="",
        at=memory.created_at,
    )
