"""Joining: fragments written anew as one, beside the commits of others; what it wrote for nothing goes again."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from core.store.disk import Disk
from schemas.errors import Unavailable

if TYPE_CHECKING:
    from lance import LanceDataset
    from lance.fragment import FragmentMetadata
    from lance.optimize import CompactionOptions, RewriteResult

FULL_ROWS = 65_536
"""A fragment of so many rows is left alone, unless a tenth of it was deleted: what an upkeep writes anew, and holds in memory, does not
grow with the table. A read of a user's rows takes 0.2 ms more for each fragment."""
_BATCH_ROWS = 1_024
_REFUSED = "commit conflict"
"""In the engine's own words."""
Deleted = dict[int, int]
"""By fragment, how many of its rows are deleted; a row that is corrected is, and stands in a later fragment."""


class Preempted(Unavailable):
    """A commit changed a row of what was being joined: nothing was done."""


def join(dataset: "LanceDataset", all_but: set[int], disk: Disk, folder: Path | None) -> int:
    """Join small fragments, but for some; gives how many went. To be called in a thread, by one at a time for a table.

    Durable before it is committed, for its rows were acknowledged long ago. `folder` is the table's, where it is on this machine.
    Raises Preempted, and whatever the engine does.
    """
    from lance.optimize import Compaction

    options: CompactionOptions = {
        "target_rows_per_fragment": FULL_ROWS, "batch_size": _BATCH_ROWS, "num_threads": 1, "excluded_fragment_ids": sorted(all_but)
    }  # fmt: skip
    written = [task.execute(dataset) for task in Compaction.plan(dataset, options).tasks]
    if not written:
        return 0
    disk.sync_now()
    try:
        if changed(dataset.checkout_version(dataset.latest_version), written):  # the engine finds out after writing the indexes anew
            raise Preempted("a commit came between", retry_after_s=1)
        return int(Compaction.commit(dataset, written).fragments_removed)
    except (Preempted, OSError) as problem:
        if isinstance(problem, OSError) and _REFUSED not in str(problem).lower():
            raise
        _remove(folder, written)
        raise Preempted("a commit came between", retry_after_s=1) from problem


def changed(latest: "LanceDataset", written: Sequence["RewriteResult"]) -> bool:
    """Whether a row is not any more where it was when it was read to be joined."""
    now = _deleted([fragment.metadata for fragment in latest.get_fragments()])
    read = [_deleted(result.original_fragments) for result in written]  # type: ignore[attr-defined]  # its stub has another name
    return any(now.get(place) != count for counts in read for place, count in counts.items())


def _deleted(fragments: Sequence["FragmentMetadata"]) -> Deleted:
    return {one.id: one.deletion_file.num_deleted_rows or 0 if one.deletion_file else 0 for one in fragments}


def _remove(folder: Path | None, written: Sequence["RewriteResult"]) -> None:
    """What no version will ever name. The engine itself lets go of that after seven days, as it does elsewhere than on this machine,
    and of indexes written for nothing: theirs could by now be the names of another's, if this one lost its turn."""
    if folder:
        for file in (file for result in written for fragment in result.new_fragments for file in fragment.files):
            (folder / "data" / file.path).unlink(missing_ok=True)
