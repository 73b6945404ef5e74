"""Killing the processes of a running Mneme without warning."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator

from server import Server

_PATIENCE_S = 90


def children_of(server: Server) -> list[int]:
    """The ids of the server's processes, its own excepted."""
    return [pid for pid, _ in _children(server)]


def processes_of(server: Server, words: str) -> list[int]:
    """The ids of the server's children whose command line holds `words`."""
    return [pid for pid, command in _children(server) if words in command]


def process_of(server: Server, words: str) -> int:
    """The id of the one such child, waited for: what was killed a moment ago is being started again."""
    deadline = time.monotonic() + _PATIENCE_S
    while len(found := processes_of(server, words)) != 1:
        assert time.monotonic() < deadline, f"{words}: {found}\n{server.output()}"
        time.sleep(0.02)
    return found[0]


def kill(server: Server, words: str) -> None:
    """Kill the child without warning, and wait for the one that takes its place."""
    victim = process_of(server, words)
    os.kill(victim, signal.SIGKILL)
    deadline = time.monotonic() + _PATIENCE_S
    while victim in (now := processes_of(server, words)) or not now:
        assert time.monotonic() < deadline, server.output()
        time.sleep(0.02)


def _children(server: Server) -> Iterator[tuple[int, str]]:
    listing = subprocess.run(
        ["ps", "-ww", "-o", "pid=,stat=,args=", "--ppid", str(server.process.pid)], capture_output=True, text=True, check=False
    )
    rows = (line.split(maxsplit=2) for line in listing.stdout.splitlines())
    return ((int(row[0]), row[2]) for row in rows if len(row) == 3 and not row[1].startswith("Z"))
