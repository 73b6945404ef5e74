"""A whole Mneme, started as a user starts it, for tests that come in by the front door."""

import os
import random
import re
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import mneme_commands

ROOT = Path(__file__).resolve().parent.parent
MODELS = ROOT / ".cache" / "models"
"""Built once for all test runs."""
PATIENT = {"MNEME_REDIS_TIMEOUT_S": "30", "MNEME_WAIT_TIMEOUT_S": "50", "MNEME_WORKER_NICE": "0"}
"""Settings of an install on a machine that does a lot besides: other tests would leave a nice worker little time."""
STOPS_WITHIN_S = 60


@dataclass
class Server:
    """A running `mneme up`."""

    url: str
    api_key: str
    data_dir: Path
    process: subprocess.Popen[str]
    environment: dict[str, str] = field(repr=False, default_factory=dict)

    def client(self, api_key: str | None = None, **options: object) -> httpx.Client:
        headers = {"Authorization": f"Token {api_key or self.api_key}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=60, **options)  # type: ignore[arg-type]

    def mneme(self, *arguments: str) -> str:
        """Run a `mneme` command against this server; gives what it printed."""
        done = mneme_commands.mneme(*arguments, environment=self.environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def output(self) -> str:
        return (self.data_dir / "up.log").read_text()


def files_with(folder: Path, words: str) -> list[str]:
    """The files somewhere in a folder that hold `words`. Of a running Mneme's, some go away while they are looked through."""
    found = []
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            if path.is_file() and words.encode() in path.read_bytes():
                found.append(str(path.relative_to(folder)))
    return found


def free_port() -> int:
    """A port that nothing listens on. None of those the system gives to connections, any of which may take it the next moment."""
    while True:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", random.SystemRandom().randrange(10_000, 32_000)))
            return int(probe.getsockname()[1])


@contextmanager
def running(data_dir: Path, **settings: str) -> Iterator[Server]:
    """`mneme up` over `data_dir`, ready; stopped at the end as Ctrl-C stops it.

    Its key is set before, unless MNEME_API_KEY is "": then it is the one it made and showed. On a machine that stands still for
    a while it waits, and refuses nothing.
    """
    port, api_key = free_port(), settings.pop("MNEME_API_KEY", f"mlive_test_{secrets.token_urlsafe(24)}")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("MNEME_")},
        "MNEME_API_KEY": api_key,
        "MNEME_DATA_DIR": str(data_dir),
        "MNEME_MODELS_DIR": str(MODELS),
        "MNEME_PORT": str(port),
        **PATIENT,
        **settings,
    }
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "up.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "up"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT, text=True
        )
    server = Server(f"http://127.0.0.1:{port}", api_key, data_dir, process, environment)
    try:
        wait_until_ready(server)
        if not api_key and (shown := re.search(r"mlive_\S+", server.output())):
            server.api_key = environment["MNEME_API_KEY"] = shown[0]
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise


def wait_until_ready(server: Server, timeout_s: float = 120) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        assert server.process.poll() is None, server.output()
        try:
            if httpx.get(f"{server.url}/ready", timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"not ready after {timeout_s} s:\n{server.output()}")
