"""The process table is the Procfile, and ends with the one who started it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from supervised import alive

from cli.child import spawn
from cli.processes import COMMANDS, HOME, TOGETHER, Process, python_process


def test_the_procfile_says_what_mneme_up_runs():
    rows = dict(line.split(": ", 1) for line in (HOME / "Procfile").read_text().splitlines())
    ports = {
        name: re.sub(r"\$\{(\w+):-[^}]*\}", lambda found: "{host}" if "HOST" in found[1] else "{port}", row) for name, row in rows.items()
    }
    assert ports == COMMANDS


def test_a_row_runs_with_our_own_interpreter():
    for name in TOGETHER:
        process = python_process(name, "127.0.0.1", 8123, {})
        assert process.argv[0] == sys.executable
        assert "{" not in " ".join(process.argv)
    assert "8123" in python_process("web", "127.0.0.1", 8123, {}).argv


async def test_a_child_is_in_our_session_but_not_in_our_process_group():
    """The terminal's Ctrl-C does not reach it, and Linux ranks it beside the others by its niceness."""
    ask = "import os; print(os.getsid(0), os.getpgrp() == os.getpid())"
    child = await spawn(Process(name="x", argv=(sys.executable, "-c", ask)))
    said, _ = await child.communicate()
    assert said.decode().split() == [str(os.getsid(0)), "True"]


def test_a_worker_steps_back():
    ask = "import os; from core.priority import give_way; before = os.nice(0); give_way(7); print(os.nice(0) - before)"
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, cwd=HOME, check=True)
    assert int(done.stdout) == min(7, 19 - os.nice(0))


def test_who_answers_keeps_its_niceness_and_asks_for_short_slices():
    """A kernel that knows no slices of one's own (before 6.12) reports 0 for all, and takes no notice."""
    ask = (
        "import ctypes, os, struct\n"
        "from core.priority import answer_soon, give_way\n"
        "def slice_ns():\n"
        "    found = ctypes.create_string_buffer(56)\n"
        "    ctypes.CDLL(None).syscall({'x86_64': 315, 'aarch64': 275}.get(os.uname().machine, -1), 0, found, 56, 0)\n"
        "    return struct.unpack('IIQiIQQQII', found.raw)[5]\n"
        "usual, nice = slice_ns(), os.nice(0)\n"
        "answer_soon()\n"
        "short, same = slice_ns(), os.nice(0) == nice\n"
        "give_way(0)\n"
        "print(short in (0, 100_000), same, slice_ns() == usual)"
    )
    done = subprocess.run([sys.executable, "-c", ask], capture_output=True, text=True, cwd=HOME, check=True)
    assert done.stdout.split() == ["True", "True", "True"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent's life")
def test_a_child_ends_when_its_parent_is_killed():
    script = (
        "import asyncio, os, signal, sys\n"
        "from cli.child import spawn\n"
        "from cli.processes import Process\n"
        "async def main():\n"
        "    child = await spawn(Process(name='x', argv=('sleep', '60')))\n"
        "    print(child.pid, flush=True)\n"
        "    await asyncio.sleep(60)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, cwd=HOME) as parent:
        child = int(parent.stdout.readline())
        while b"sleep" not in Path(f"/proc/{child}/cmdline").read_bytes():
            pass
        parent.kill()
        parent.wait()
        while alive(child):
            pass
