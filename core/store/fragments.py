"""Fragments: a table's pieces joined and indexed by Lance's own library, step by step.

LanceDB stands on the same engine, but its `optimize` does everything at once and as a whole. It joins all fragments into one and writes all
indexes anew, so that each upkeep of a table costs what the table is; and each leaves one more piece of the vector index, which every
search asks and which keeps fragments apart, until the index is trained anew. Here an upkeep costs what is new: see `pieces_to_merge`.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

from lancedb import AsyncTable

from core.store.disk import Disk
from core.store.engine import UPKEEP_S, answer
from core.store.joining import join

if TYPE_CHECKING:
    from lance import LanceDataset

TIMES = 4
"""A piece of an index is merged with newer ones until they are less than a fourth of it: some five pieces for a hundred thousand rows.
50 pieces, of 80,000 rows, took a search by vector 30 ms instead of 7."""
_CACHE_BYTES = 1 << 20

T = TypeVar("T")


def pieces_to_merge(pieces: Sequence[int], new: int) -> int:
    """How many of an index' pieces, the newest first, become one with `new` rows; each is given by its rows, the oldest first.

    A piece is written anew only where that makes it larger by a quarter or more: each row a few times in all, however the index grows.
    """
    count, rows = 0, new
    for piece in reversed(pieces):
        if piece >= TIMES * rows:
            break
        count, rows = count + 1, rows + piece
    return count


async def join_new(table: AsyncTable, disk: Disk) -> int:
    """Join the fragments that are in no index yet; gives how many went. Cheap, for no index is written anew.

    Only one of these functions at a time for a table, but beside its commits. Raises Preempted, and Unavailable as all of them.
    """
    return await _with(table, lambda dataset: join(dataset, _indexed(dataset), disk, disk.table(table.name)))


async def join_old(table: AsyncTable, disk: Disk) -> int:
    """As `join_new`, those that are in the same pieces of the indexes; these are written anew with them."""
    return await _with(table, lambda dataset: join(dataset, _ids(dataset) - _indexed(dataset), disk, disk.table(table.name)))


async def index(table: AsyncTable) -> int:
    """Bring every index up to date; gives how many pieces were merged. Beside commits as `join_new`.

    What they change meanwhile is as after it: a row that moved is in no index, of one that went the index' word is not asked.
    """
    return await _with(table, _index)


async def prune(table: AsyncTable, older_than: timedelta) -> int:
    """Remove the versions made longer ago, but for the latest, and files that only they name; gives how many went."""
    return await _with(table, lambda dataset: int(dataset.cleanup_old_versions(older_than).old_versions))


def _indexed(dataset: "LanceDataset") -> set[int]:
    return {place for index in dataset.describe_indices() for piece in index.segments for place in piece.fragment_ids}


def _ids(dataset: "LanceDataset") -> set[int]:
    return {fragment.fragment_id for fragment in dataset.get_fragments()}


def _index(dataset: "LanceDataset") -> int:
    plan = _to_index(dataset)
    for count, names in plan.items():
        dataset.optimize.optimize_indices(num_indices_to_merge=count, index_names=names)
    return sum(count * len(names) for count, names in plan.items())


def _to_index(dataset: "LanceDataset") -> dict[int, list[str]]:
    """The indexes that lack rows, by how many of their pieces are merged with these."""
    rows = {fragment.fragment_id: fragment.physical_rows for fragment in dataset.get_fragments()}
    plan: dict[int, list[str]] = {}
    for index in dataset.describe_indices():
        pieces = [sum(rows.get(place, 0) for place in piece.fragment_ids) for piece in index.segments]
        if new := sum(rows.values()) - sum(pieces):
            plan.setdefault(pieces_to_merge(pieces, new), []).append(index.name)
    return plan


async def _with(table: AsyncTable, work: Callable[["LanceDataset"], T]) -> T:
    """Done in a thread, and to its end: whoever is told to stop in the middle must not let go of its lock or place before."""
    uri, options = await answer(table.uri()), await answer(table.latest_storage_options())
    task = asyncio.ensure_future(asyncio.to_thread(lambda: work(_opened(uri, options))))
    try:
        return await answer(asyncio.shield(task), UPKEEP_S)
    finally:
        await asyncio.gather(task, return_exceptions=True)


def _opened(uri: str, options: dict[str, str] | None) -> "LanceDataset":
    os.environ.setdefault("LANCE_LOG", "error")  # what fails is raised, and told in our own words
    import lance  # 0.1 s and 60 MB, of the tender alone

    return lance.dataset(uri, storage_options=options, index_cache_size_bytes=_CACHE_BYTES, metadata_cache_size_bytes=_CACHE_BYTES)
