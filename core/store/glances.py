"""Glances: what searching a user's rows needs of each, remembered, so that only what is found is read in full."""

from collections import OrderedDict
from typing import Any, NamedTuple

from core.store.words import Terms, hashed

_BYTES_MAX = 8 << 20
_ENTRY_BYTES = 500
"""What an entry takes beside its words."""
Key = tuple[int, int]


class Glance(NamedTuple):
    """Of one memory."""

    owner: str
    expires_us: int | None
    terms: Terms

    @classmethod
    def of(cls, body: dict[str, Any]) -> "Glance":
        """Of a body that was parsed, its content with it."""
        return cls(body["scope"]["owner"], body.get("expires_at"), hashed(body["content"]))


class Glances:
    """By a row's body as it is written: hash and length stand for it, so that no text is kept here. The least recently used go first."""

    def __init__(self, bytes_max: int = _BYTES_MAX) -> None:
        self._bytes_max = bytes_max
        self._bytes = 0
        self._kept: OrderedDict[Key, Glance] = OrderedDict()

    def get(self, text: str) -> Glance | None:
        """What is remembered of a body."""
        key = hash(text), len(text)
        if (glance := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
        return glance

    def put(self, text: str, glance: Glance) -> Glance:
        """Remember it of a body."""
        key = hash(text), len(text)
        self._bytes += _size(glance) - (_size(self._kept[key]) if key in self._kept else 0)
        self._kept[key] = glance
        while self._bytes > self._bytes_max:
            self._bytes -= _size(self._kept.popitem(last=False)[1])
        return glance


def _size(glance: Glance) -> int:
    return glance.terms.nbytes + _ENTRY_BYTES
