"""Lately: rows that searches read, for a few minutes. Who is asked about is asked about again, and much the same is found.

A row's number is never another row's (LanceDB writes a changed row anew, under a new number, and gives none away twice), so nothing here
grows stale: what is no longer there is no longer found.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from core.store.rows import memory_of
from core.store.words import Terms, hashed
from schemas.memory import Memory

_BYTES_MAX = 24 << 20
_ENTRY_BYTES = 800
"""What an entry takes beside its vector and its body; a memory takes no more than the body it is made of."""
_KEPT_S = 300.0
"""So long after it was read last: less than an erasure waits before it calls itself complete."""
Place = tuple[str, int]


@dataclass(slots=True)
class Row:
    """A row that was read; its memory, and the words of that, are made when they are asked for."""

    numbers: bytes
    """Its vector, as `codes.numbers_of` tells it."""
    _read: str | Memory
    _terms: Terms | None = None

    @property
    def memory(self) -> Memory:
        if isinstance(self._read, str):
            self._read = memory_of(self._read)
        return self._read

    @property
    def terms(self) -> Terms:
        """The words of its content, see `words.hashed`."""
        if self._terms is None:
            self._terms = hashed(self.memory.content)
        return self._terms

    @property
    def nbytes(self) -> int:
        """About, and before a memory was made of it."""
        return _ENTRY_BYTES + len(self.numbers) + len(self._read if isinstance(self._read, str) else self._read.content)


class Lately:
    """By table and row number. The least recently read go first."""

    def __init__(self, bytes_max: int = _BYTES_MAX, kept_s: float = _KEPT_S) -> None:
        self._bytes_max, self._kept_s = bytes_max, kept_s
        self._bytes = 0
        self._kept: OrderedDict[Place, tuple[float, int, Row]] = OrderedDict()
        self._timer: asyncio.TimerHandle | None = None

    def has(self, table: str, number: int) -> bool:
        return (table, number) in self._kept

    def get(self, table: str, numbers: Iterable[int]) -> dict[int, Row]:
        """The rows that are remembered, by number."""
        now, found = time.monotonic(), {}
        for number in numbers:
            if (entry := self._kept.pop((table, number), None)) is not None:
                _, size, found[number] = entry
                self._kept[table, number] = now, size, found[number]
        return found

    def put(self, table: str, rows: Mapping[int, Row]) -> None:
        """Remember them, by number."""
        now = time.monotonic()
        for number, row in rows.items():
            self._drop(self._kept.pop((table, number), None))
            self._kept[table, number] = now, row.nbytes, row
            self._bytes += row.nbytes
        while self._bytes > self._bytes_max:
            self._drop(self._kept.popitem(last=False)[1])
        self._look_later()

    def _drop(self, entry: tuple[float, int, Row] | None) -> None:
        self._bytes -= entry[1] if entry else 0

    def _look_later(self) -> None:
        if self._kept and self._timer is None:
            wait_s = self._oldest() + self._kept_s - time.monotonic()
            self._timer = asyncio.get_running_loop().call_later(max(wait_s, 0.0), self._forget)

    def _forget(self) -> None:
        self._timer = None
        before = time.monotonic() - self._kept_s
        while self._kept and self._oldest() <= before:
            self._drop(self._kept.popitem(last=False)[1])
        self._look_later()

    def _oldest(self) -> float:
        return next(iter(self._kept.values()))[0]
