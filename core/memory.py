"""Memory: what a process does so that it takes no more of it than it uses. On anything but glibc it does nothing."""

import ctypes
import gc
import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

_LIBC: Final = ctypes.CDLL(None)
_ARENA_MAX: Final = -8
"""M_ARENA_MAX of malloc.h."""
_DONTNEED: Final = 4
"""MADV_DONTNEED of Linux' mman.h."""
_SMAPS: Final = Path("/proc/self/smaps")
_READ_ONLY: Final = re.compile(r"([0-9a-f]+)-([0-9a-f]+) r-.p \S+ \S+ [1-9]\d* +/")
"""A private mapping of a file that can't be written to."""


def share_arenas() -> None:
    """Call it before threads are started: malloc then has an arena a core instead of eight, each of which keeps what was freed in it."""
    if hasattr(_LIBC, "mallopt"):
        _LIBC.mallopt(_ARENA_MAX, os.cpu_count() or 1)


def settle() -> None:
    """Call it once all is loaded: gives back what loading needed, and tells the collector that all there is now will stay."""
    gc.collect()
    gc.freeze()
    give_back()
    _unmap_code()


def give_back() -> None:
    """What was freed goes back to the system, tens of MB after a model was parsed or a table compacted; else malloc keeps it.

    Takes milliseconds, in which other threads go on: call it in a thread, after work.
    """
    if hasattr(_LIBC, "malloc_trim"):
        _LIBC.malloc_trim(0)


def _unmap_code() -> None:
    """Starting ran through code of libraries that is not run again, 60 MB of it. What is, comes back from the system's cache of files
    when it is, in microseconds."""
    if not hasattr(_LIBC, "malloc_trim"):
        return
    with suppress(OSError):  # not every system tells, nor everybody
        for first, last in list(_as_on_disk(_SMAPS.read_text())):
            _LIBC.madvise(ctypes.c_void_p(first), ctypes.c_size_t(last - first), _DONTNEED)


def _as_on_disk(smaps: str) -> Iterator[tuple[int, int]]:
    """First address and end of each read-only mapping of a file of which no page is this process' own, as relocated ones are."""
    place: tuple[int, int] | None = None
    for line in smaps.splitlines():
        if found := _READ_ONLY.match(line):
            place = int(found[1], 16), int(found[2], 16)
        elif place is not None and line.startswith("Anonymous:"):
            if line.split()[1] == "0":
                yield place
            place = None
