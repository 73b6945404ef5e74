"""Key: what opens an account's memories. The key itself is kept nowhere."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key, as it may be shown."""

    id: str
    owner: str
    name: str
    prefix: str
    """The key's first characters, for people to tell keys apart."""
    hash: str = field(repr=False)
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None
    ending: str | None = None
    """The key's last characters, likewise."""


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new key. `secret` is the key as clients send it; it is stored nowhere and can't be shown again."""

    id: str
    owner: str
    name: str
    secret: str = field(repr=False)
    prefix: str
    created_at: datetime
