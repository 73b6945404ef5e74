"""Leftovers: files of a local table that no version names, left by who died in the middle of a commit."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path


def remove_leftovers(table: Path, older_than_s: float) -> float | None:
    """Remove them. Gives None when none is left, else in how many seconds the youngest is old enough: it may be a commit under way.

    LanceDB itself lets go of them after seven days. Only while holding the table's commit lock, in turn with its upkeep, whose indexes
    no version names while they are made.
    """
    named = b"".join(manifest.read_bytes() for manifest in (table / "_versions").glob("*.manifest*"))
    youngest_s = min((_remove(path, older_than_s) for path in _unnamed(table, named)), default=0.0)
    return None if youngest_s >= 0 else -youngest_s


def _unnamed(table: Path, named: bytes) -> Iterator[Path]:
    """A manifest names data files and transactions in full, indexes by the 16 bytes of their UUID."""
    for folder in ("data", "_transactions"):
        yield from (path for path in (table / folder).glob("*") if path.name.encode() not in named)
    for path in (table / "_indices").glob("*"):
        try:
            if uuid.UUID(path.name).bytes not in named:
                yield path
        except ValueError:
            continue


def _remove(path: Path, older_than_s: float) -> float:
    """0 if it is removed, else its age less what it has to be."""
    try:
        left_s = time.time() - path.stat().st_mtime - older_than_s
        if left_s < 0:
            return left_s
        for inner in sorted(path.rglob("*"), reverse=True):
            inner.rmdir() if inner.is_dir() else inner.unlink()
        path.rmdir() if path.is_dir() else path.unlink()
    except FileNotFoundError:  # LanceDB was faster
        pass
    return 0.0
