"""The `mneme` command: quick to help, and its failures are said in a line."""

import os
import socket
import subprocess
import sys

import pytest

from cli.locks import lock_folder
from cli.processes import HOME


def mneme(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**{name: value for name, value in os.environ.items() if not name.startswith("MNEME_")}, **settings}
    return subprocess.run(
        [sys.executable, "-m", "cli.main", *arguments], cwd=HOME, env=environment, capture_output=True, text=True, timeout=200
    )


@pytest.mark.parametrize("command", [[], ["up"], ["key"], ["key", "create"], ["doctor"], ["dead-letters"], ["stats"]])
def test_every_command_explains_itself(command):
    done = mneme(*command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_help_loads_nothing_heavy():
    script = "import sys, cli.main; print(*sys.modules)"
    loaded = set(subprocess.run([sys.executable, "-c", script], cwd=HOME, capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {"pydantic", "asyncio", "redis", "lancedb", "pyarrow", "litellm", "fastapi", "httpx", "onnxruntime"}


def test_the_supervisor_stays_small():
    script = "import sys, cli.supervisor; print(*(name for name in sys.modules if '.' not in name or name.startswith('core.')))"
    loaded = set(subprocess.run([sys.executable, "-c", script], cwd=HOME, capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {"typer", "pydantic", "redis", "lancedb", "pyarrow", "litellm", "httpx", "structlog", "schemas"}
    assert {name for name in loaded if name.startswith("core")} == {"core", "core.priority"}


def test_a_setting_that_makes_no_sense_is_named():
    done = mneme("up", MNEME_SHARDS="many")
    assert done.returncode == 1
    assert done.stderr.startswith("mneme: settings: MNEME_SHARDS: Input should be a valid integer")


def test_a_taken_port_is_said_before_anything_starts(tmp_path, port):
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        done = mneme("up", "--port", str(port), "--data", str(tmp_path / "data"))
    assert done.returncode == 1
    assert f"port {port} on 127.0.0.1 is taken" in done.stderr
    assert not (tmp_path / "data").exists()


def test_a_folder_in_use_is_refused(tmp_path, port):
    descriptor = lock_folder(tmp_path)
    done = mneme("up", "--port", str(port), "--data", str(tmp_path))
    assert done.returncode == 1
    assert "another `mneme up` is running on" in done.stderr
    os.close(descriptor)
