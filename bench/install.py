"""An install of the bench's own: a whole `mneme up` on a free port."""

import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_READY_S = 120


@dataclass(frozen=True, slots=True)
class Install:
    port: int
    key: str
    pid: int
    """The supervisor's."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def installed(data_dir: Path, **settings: str) -> Iterator[Install]:
    """A running install over a folder, empty or not; `settings` are further MNEME_ variables."""
    key, port = f"bench-{secrets.token_urlsafe(24)}", free_port()
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MNEME_") or name == "MNEME_MODELS_DIR"}
    environment = {**clean, "MNEME_API_KEY": key, "MNEME_LOG_LEVEL": "WARNING", **settings}
    command = [sys.executable, "-m", "cli.main", "up", "--port", str(port), "--data", str(data_dir)]
    said = data_dir.parent / "up.log"
    with said.open("w") as log, subprocess.Popen(command, env=environment, stdout=log, stderr=log) as process:
        try:
            _wait(process, said)
            yield Install(port, key, process.pid)
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(process: "subprocess.Popen[bytes]", said: Path) -> None:
    give_up = time.monotonic() + _READY_S
    while "ready in" not in said.read_text():
        if process.poll() is not None or time.monotonic() > give_up:
            sys.exit(said.read_text())
        time.sleep(0.1)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
