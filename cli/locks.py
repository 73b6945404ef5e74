"""One `mneme up` to a data folder, and one Redis: file locks, which the kernel drops at a holder's death, however it dies."""

import contextlib
import fcntl
import os
import signal
import time
from pathlib import Path
from typing import NamedTuple

from cli.refusal import Refused

LEFTOVER_PATIENCE_S = 5.0
"""How long an earlier run's Redis, left behind by a crash, may take to close its file before it is told to."""


class Holder(NamedTuple):
    """Who has a folder: a process' number, and where it listens, if it does."""

    process: str
    host: str | None = None
    port: int | None = None


def lock_folder(data_dir: Path, host: str | None = None, port: int | None = None) -> int:
    """Takes the folder for this process, which listens at `host` and `port`; gives the lock's descriptor.

    Raises Refused while another `mneme up` has it.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if not _take_within(descriptor, 0.3):  # `mneme doctor` may be looking
        other = _written(descriptor).process
        os.close(descriptor)
        raise Refused(f"another `mneme up` is running on {data_dir} (process {other}); stop it first, or choose another --data folder")
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()} {port or ''} {host or ''}\n".encode(), 0)
    return descriptor


def holder(data_dir: Path) -> Holder | None:
    """Whose `mneme up` has the folder; None while nobody has."""
    try:
        descriptor = os.open(data_dir / "up.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return None if _take(descriptor) else _written(descriptor)
    finally:
        os.close(descriptor)


def lock_redis(folder: Path) -> int:
    """Takes the lock that a running embedded Redis holds, waiting for a left-behind one to go. Call with the folder locked."""
    descriptor = os.open(folder / "redis.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    if _take_within(descriptor, LEFTOVER_PATIENCE_S):
        return descriptor
    _tell_leftover_to_stop(folder / "redis.pid")
    if _take_within(descriptor, LEFTOVER_PATIENCE_S):
        return descriptor
    os.close(descriptor)
    raise Refused(f"a Redis of an earlier run still uses {folder} and does not stop; end it and start again")


def _tell_leftover_to_stop(pid_file: Path) -> None:
    """It holds our lock, so the number in its file is still its own."""
    with contextlib.suppress(OSError, ValueError):
        os.kill(int(pid_file.read_text()), signal.SIGTERM)


def _written(descriptor: int) -> Holder:
    match os.pread(descriptor, 512, 0).decode().split():
        case [process, port, host] if port.isdigit():
            return Holder(process, host, int(port))
        case [process, *_]:
            return Holder(process)
    return Holder("unknown")


def _take_within(descriptor: int, patience_s: float) -> bool:
    deadline = time.monotonic() + patience_s
    while not (taken := _take(descriptor)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return taken


def _take(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
