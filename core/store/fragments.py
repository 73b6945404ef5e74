"""Fragments: a table's pieces joined and indexed by Lance's own library, step by step.

LanceDB stands on the same engine, but its `optimize` does everything at once and as a whole. It joins all fragments into one, so that each
upkeep of a table writes all of it anew; and each leaves one more piece of the vector index, which every search asks and which
keeps fragments apart, until the index is trained anew.
"""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from lancedb import AsyncTable

from core.store.engine import UPKEEP_S, answer

if TYPE_CHECKING:
    from lance import LanceDataset

FULL_ROWS = 32_768
"""A fragment of so many rows is left alone, unless a tenth of it was deleted: what an upkeep writes anew does not grow with the table."""
PIECES_MAX = 4
"""So many pieces of an index are merged: the time of a search by vector grows with them. 50 pieces of 80,000 rows took 30 ms instead
of 7, and merging them 0.3 s; training anew takes 5."""
_BATCH_ROWS = 1_024
_CACHE_BYTES = 1 << 20

T = TypeVar("T")


class Tended(NamedTuple):
    """What was done."""

    fragments_removed: int
    pieces_merged: int


async def tend(table: AsyncTable) -> Tended:
    """Join small fragments, bring every index up to date, and merge the pieces of those that have many.

    Only while holding the table's commit lock. Raises Unavailable.
    """
    return await _with(table, _tend)


async def prune(table: AsyncTable, older_than: timedelta) -> int:
    """Remove the versions made longer ago, but for the latest, and files that only they name; gives how many went."""
    return await _with(table, lambda dataset: int(dataset.cleanup_old_versions(older_than).old_versions))


def _tend(dataset: "LanceDataset") -> Tended:
    joined = dataset.optimize.compact_files(target_rows_per_fragment=FULL_ROWS, batch_size=_BATCH_ROWS, num_threads=1)
    dataset.optimize.optimize_indices()
    merged = 0
    for index in dataset.describe_indices():
        if (pieces := len(index.segments)) >= PIECES_MAX:
            dataset.optimize.optimize_indices(num_indices_to_merge=pieces, index_names=[index.name])
            merged += pieces
    return Tended(joined.fragments_removed, merged)


async def _with(table: AsyncTable, work: Callable[["LanceDataset"], T]) -> T:
    """Done in a thread, and to its end: whoever is told to stop in the middle must not let go of the lock before."""
    uri, options = await answer(table.uri()), await answer(table.latest_storage_options())
    task = asyncio.ensure_future(asyncio.to_thread(lambda: work(_opened(uri, options))))
    try:
        return await answer(asyncio.shield(task), UPKEEP_S)
    except (asyncio.CancelledError, TimeoutError):
        await asyncio.gather(task, return_exceptions=True)
        raise


def _opened(uri: str, options: dict[str, str] | None) -> "LanceDataset":
    import lance  # 0.1 s and 20 MB, of the tender alone

    return lance.dataset(uri, storage_options=options, index_cache_size_bytes=_CACHE_BYTES, metadata_cache_size_bytes=_CACHE_BYTES)
