"""Scale: how many rows a filter leaves, roughly; it decides between reading all, comparing each and asking the vector index."""

import time
from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple, TypeVar

from lancedb import AsyncTable

from core.store.engine import answer
from core.store.lately import Lately
from core.store.nearest import EXACT_ROWS, VECTOR_INDEX_ROWS
from core.store.tables import MEMORY_READ

WHOLE_ROWS = 256
WHOLE_BYTES = 256 << 10
"""Up to so many rows, of so much text, are read whole: one read that need not wait for the question's vector takes less than
a vector query after it and a full-text query, and grows with nobody else's memories."""
DENSE = 4
"""So many times as much where the table is small: its rows lie close together, and without a vector index each is compared anyway."""
_KEPT_S = 30.0
_SIZES_MAX = 4_096
Kept = TypeVar("Kept")


class Most(NamedTuple):
    """Of what is read whole."""

    rows: int
    bytes: int


class Scale:
    """Remembers sizes for a while, and what was seen of rows: an old size costs time, never a wrong result."""

    def __init__(self) -> None:
        self.lately = Lately()
        self._sizes: OrderedDict[Hashable, tuple[float, int]] = OrderedDict()
        self._indexed: dict[str, float] = {}
        self._large: OrderedDict[Hashable, float] = OrderedDict()
        self._known: OrderedDict[Hashable, int] = OrderedDict()
        self._uncoded: dict[str, float] = {}

    async def whole(self, table: AsyncTable) -> Most:
        """Up to how much is read whole."""
        times = DENSE if await self._size(table) < VECTOR_INDEX_ROWS else 1
        return Most(WHOLE_ROWS * times, WHOLE_BYTES * times)

    def is_large(self, table: AsyncTable, key: Hashable) -> bool:
        """Whether the filter left too many rows to be read whole, a while ago."""
        return time.monotonic() - self._large.get((table.name, key), -_KEPT_S) < _KEPT_S

    def note_large(self, table: AsyncTable, key: Hashable) -> None:
        _keep(self._large, (table.name, key), time.monotonic())

    def is_known(self, table: AsyncTable, key: Hashable) -> bool:
        """Whether what the filter leaves was read whole, and is most likely remembered: what was read together goes together."""
        number = self._known.get((table.name, key))
        return number is not None and self.lately.has(table.name, number)

    def note_known(self, table: AsyncTable, key: Hashable, number: int) -> None:
        """`number` is the first row's: the first that would go."""
        _keep(self._known, (table.name, key), number)

    def searched(self, table: AsyncTable) -> list[str]:
        """The columns that a search reads: the body, which says all; more where an older version's rows were found, a while ago."""
        uncoded = time.monotonic() - self._uncoded.get(table.name, -_KEPT_S) < _KEPT_S
        return [*MEMORY_READ, "vector"] if uncoded else ["body"]

    def note_uncoded(self, table: AsyncTable) -> None:
        self._uncoded[table.name] = time.monotonic()

    async def exact(self, table: AsyncTable, where: str, key: Hashable) -> bool:
        """Whether to compare every row that `where` leaves. `key` stands for the filter, whatever moment it was made at."""
        if await self._size(table) < VECTOR_INDEX_ROWS or not await self._has_index(table):
            return True
        return await self._size(table, where, key) <= EXACT_ROWS

    async def _has_index(self, table: AsyncTable) -> bool:
        now = time.monotonic()
        if now - self._indexed.get(table.name, -_KEPT_S) < _KEPT_S:
            return True
        if any("vector" in index.columns for index in await answer(table.list_indices())):
            self._indexed[table.name] = now
            return True
        return False

    async def _size(self, table: AsyncTable, where: str | None = None, key: Hashable = None) -> int:
        key = table.name, key
        at, size = self._sizes.get(key, (0.0, 0))
        if key not in self._sizes or time.monotonic() - at > _KEPT_S:
            size = await answer(table.count_rows(where))
            at = time.monotonic()
        _keep(self._sizes, key, (at, size))
        return size


def _keep(known: OrderedDict[Hashable, Kept], key: Hashable, value: Kept) -> None:
    """As the one used last; the one used longest ago goes."""
    known[key] = value
    known.move_to_end(key)
    if len(known) > _SIZES_MAX:
        known.popitem(last=False)
