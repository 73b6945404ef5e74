"""Snapshot: a local store as it is in an instant, pinned by hard links; its files are written once and never changed."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from core.store.disk import newest_manifest

_VERSIONS = "_versions"


def pin(folder: Path, target: Path) -> None:
    """Link every table of the store at `folder` under `target`, at its newest version.

    Of tables that nobody commits to meanwhile, this is one instant; of any other it is a version that there was. A table's version
    is chosen before its files are linked, for what it names was there before it, and stays for minutes after it is replaced.
    """
    for table in sorted(folder.glob("*.lance")):
        manifest = newest_manifest(table / _VERSIONS)
        if manifest is not None:  # without one its making was not finished: opening makes it
            _link(manifest, target / table.name / _VERSIONS / manifest.name)
            for file in _files(table):
                _link(file, target / file.relative_to(folder))


def _files(table: Path) -> Iterator[Path]:
    for part in sorted(table.iterdir()):
        if part.name != _VERSIONS:
            yield from (path for path in part.rglob("*") if path.is_file())


def _link(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(file, target)
    except FileNotFoundError:  # of an old version, which upkeep has just let go
        return
    except OSError:  # no hard links here
        shutil.copyfile(file, target)
