"""The process table is the Procfile, and ends with the one who started it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from supervised import alive

from cli.processes import COMMANDS, HOME, TOGETHER, python_process


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
