"""Scope: whose a memory is. Every write carries one; the subject it names decides the shard."""

from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b

ENTITY_FIELDS = ("user", "agent", "app", "run")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The owner (the account a key belongs to) and the entities a memory is about; compared exactly, case included."""

    owner: str
    user: str | None = None
    agent: str | None = None
    app: str | None = None
    run: str | None = None
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.owner:
            raise ValueError("a scope needs an owner")

    @property
    def subject(self) -> str:
        """32 hex characters that stand for owner plus user, or agent, app, run, first tag where there is no user.

        A subject's events are handled in order and its memories lie in one shard.
        """
        for kind in ENTITY_FIELDS:
            if value := getattr(self, kind):
                return subject_of(self.owner, kind, value)
        return subject_of(self.owner, "tag", self.tags[0]) if self.tags else subject_of(self.owner, "self", "")


@lru_cache(maxsize=8_192)
def subject_of(owner: str, kind: str, name: str) -> str:
    """The subject's key. Each part is length-prefixed, so no choice of names makes two subjects one."""
    parts = (part.encode("utf-8", "surrogatepass") for part in (owner, kind, name))
    return blake2b(b"".join(len(part).to_bytes(4, "big") + part for part in parts), digest_size=16).hexdigest()


def shard_of(subject: str, shards: int) -> int:
    """Which of `shards` (fixed when the store is created) holds the subject: 0..shards-1."""
    return int(subject[:8], 16) % shards
