"""Place: where users' words are kept, with what erases a user's there and what tells whether any are left."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from core.resources import Resources
from schemas.scope import subject_of
from workers.shard import Shard


@dataclass(frozen=True, slots=True, kw_only=True)
class Whose:
    """The user that is erased, as far as a place needs to know."""

    resources: Resources
    owner: str
    user: str
    accepted_at: datetime
    """What was accepted before goes."""
    ids: frozenset[str] = frozenset()
    """Memories the user has or had; empty once it is forgotten which they were."""
    shard: Shard | None = None
    """Of the subject, while it is owned and nothing else of the subject goes on."""
    erased_at: datetime | None = None
    """When all was erased: what came later is new. None while it is being erased, when all that is there is old."""

    @property
    def subject(self) -> str:
        return subject_of(self.owner, "user", self.user)

    def is_old(self, moment: datetime) -> bool:
        """Whether what happened then is of before the erasure."""
        return self.erased_at is None or moment < self.erased_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """`holds` counts what is there, by names of what it is; after `erase` it counts nothing. Both may run twice, or be cut short."""

    holds: Callable[[Whose], Awaitable[dict[str, int]]]
    erase: Callable[[Whose], Awaitable[None]]
    tables: tuple[str, ...] = ()
    """Kinds of LanceDB tables: `memories` of memories_03."""
    keys: tuple[str, ...] = ()
    """What the names of Redis keys begin with."""
