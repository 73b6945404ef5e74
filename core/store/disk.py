"""The disk under a local store: durable commits, recovery from one that a power failure tore, one maker at a time."""

import asyncio
import ctypes
import fcntl
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

_MAGIC = b"LANC"
"""The last four bytes of every whole manifest."""
_LOCK = ".making.lock"
_LOOK_AGAIN_S = 0.02
_LIBC = ctypes.CDLL(None, use_errno=True)


class Disk:
    """`folder` is the local store's; None where the store lies elsewhere and its commits are durable of themselves."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    @classmethod
    def at(cls, location: str) -> "Disk":
        """The disk under a store's location: a path or file:// has one, any other URI has none."""
        path = location.removeprefix("file://")
        return cls(None if "://" in path else Path(path))

    @property
    def is_here(self) -> bool:
        """Whether the store lies on this machine."""
        return self._folder is not None

    async def sync(self) -> None:
        """Return when everything committed so far would survive a power failure. LanceDB itself never calls fsync."""
        if self._folder is not None:
            await asyncio.to_thread(self.sync_now)

    def sync_now(self) -> None:
        """As `sync`, for who is in a thread already."""
        if self._folder is not None:
            _sync(self._folder)

    async def recover(self) -> list[Path]:
        """Set aside the newest manifest of every table where it is torn, so that the table opens at the commit before.

        Gives the manifests set aside. Safe beside running writers: LanceDB links a manifest into place whole.
        """
        return [] if self._folder is None else await asyncio.to_thread(_recover, self._folder)

    def table(self, name: str) -> Path | None:
        """Where a table's files lie; None where that is not on this machine."""
        return None if self._folder is None else self._folder / f"{name}.lance"

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Hold the store's making to one process at a time; elsewhere than on a local disk it holds nobody."""
        if self._folder is None:
            yield
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / _LOCK).open("w") as file:
            while not _locked(file.fileno()):  # noqa: ASYNC110  (another process lets go: it sets no event here)
                await asyncio.sleep(_LOOK_AGAIN_S)
            yield


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if not hasattr(_LIBC, "syncfs"):
            os.sync()
        elif _LIBC.syncfs(descriptor) != 0:
            raise OSError(ctypes.get_errno(), "syncfs failed", str(folder))
    finally:
        os.close(descriptor)


def _recover(folder: Path) -> list[Path]:
    aside = []
    for versions in folder.glob("*.lance/_versions"):
        for manifest in sorted(versions.glob("*.manifest"), key=_version, reverse=True):
            if _whole(manifest):
                break
            aside.append(manifest.rename(manifest.with_name(manifest.name + ".torn")))
    return aside


def newest_manifest(versions: Path) -> Path | None:
    """The newest whole manifest in a table's folder of versions."""
    return next((manifest for manifest in sorted(versions.glob("*.manifest"), key=_version, reverse=True) if _whole(manifest)), None)


def _version(manifest: Path) -> int:
    """The version a manifest's name stands for: 20 digits count down from 2**64-1, fewer count up."""
    number = int(manifest.name.partition(".")[0])
    return (1 << 64) - 1 - number if len(manifest.name.partition(".")[0]) == 20 else number


def _whole(manifest: Path) -> bool:
    with manifest.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - len(_MAGIC)))
        return file.read() == _MAGIC
