"""`mneme` commands, each a process of its own, forked from one that has imported all they need: an import costs a second of a core."""

import atexit
import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TextIO

ROOT = Path(__file__).resolve().parent.parent
_TIMEOUT_S = 100
_LATE = (
    "backup dead_letters doctor export forget_user imports.run key maintenance owner queue_letters restore session stats up webhooks"
).split()
"""Modules of `cli` that their commands import when they run."""


def mneme(*arguments: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """What `python -m cli.main ARGUMENTS` does in the project's folder, with exactly this environment."""
    with tempfile.TemporaryDirectory(prefix="mneme-command-") as folder:
        out, errors = Path(folder, "out"), Path(folder, "errors")
        code = _parent().run({"argv": arguments, "environment": dict(environment), "out": str(out), "errors": str(errors)})
        return subprocess.CompletedProcess(arguments, code, out.read_text(), errors.read_text())


class _Parent:
    """The process that commands are forked from; it ends with this one."""

    def __init__(self) -> None:
        self._process = subprocess.Popen([sys.executable, __file__], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._lock = threading.Lock()
        atexit.register(self._end)

    def run(self, command: Mapping[str, object]) -> int:
        assert self._process.stdin
        assert self._process.stdout
        with self._lock:
            self._process.stdin.write(json.dumps(command) + "\n")
            self._process.stdin.flush()
            return int(self._process.stdout.readline())

    def _end(self) -> None:
        self._process.kill()
        self._process.communicate()


@cache
def _parent() -> _Parent:
    return _Parent()


def _serve(commands: TextIO, codes: TextIO) -> None:
    """Fork a process a command, one after the other, and tell how each ended."""
    for line in commands:
        with warnings.catch_warnings():  # of threads of libraries, which all wait
            warnings.simplefilter("ignore")
            child = os.fork()
        if child == 0:
            os._exit(_become(**json.loads(line)))
        print(_ended(child), file=codes, flush=True)


def _become(argv: list[str], environment: Mapping[str, str], out: str, errors: str) -> int:
    """Be `mneme ARGV`; gives its exit code."""
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_WRONLY | os.O_CREAT), (2, errors, os.O_WRONLY | os.O_CREAT)):
        os.dup2(os.open(path, flags, 0o600), number)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["mneme", *argv]
    code: object = 0
    try:
        importlib.import_module("cli.main").app()
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    with contextlib.suppress(OSError):
        sys.stdout.flush()
        sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def _ended(child: int) -> int:
    """Its exit code; a command that does not end is killed."""
    give_up = time.monotonic() + _TIMEOUT_S
    while (found := os.waitpid(child, os.WNOHANG)) == (0, 0):
        if time.monotonic() > give_up:
            os.kill(child, signal.SIGKILL)
        time.sleep(0.005)
    return os.waitstatus_to_exitcode(found[1])


if __name__ == "__main__":
    sys.path[0] = str(ROOT)
    for name in ("main", *_LATE):
        importlib.import_module(f"cli.{name}")
    with os.fdopen(os.dup(0)) as requests, os.fdopen(os.dup(1), "w") as answers:
        _serve(requests, answers)
