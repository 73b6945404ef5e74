"""An install to be shot at: `mneme up`, a second worker beside it, and the ids of all their processes."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.processes import child_environment
from cli.redis_server import socket_path

VICTIMS = {"web": "query.app:web", "worker": "workers.main pipeline", "tender": "workers.main maintenance", "redis": "redis-server"}
"""Name -> words in its command line."""
_READY_S = 180


class Install:
    """`up` restarts what is killed of its children; who kills `up` itself, or the second worker, calls `mend`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.data_dir = folder / "data"
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.key = f"mlive_soak_{secrets.token_urlsafe(24)}"
        self._log = folder / "up.log"
        clean = {name: value for name, value in child_environment().items() if not name.startswith("MNEME_")}
        models = {"MNEME_MODELS_DIR": os.environ["MNEME_MODELS_DIR"]} if "MNEME_MODELS_DIR" in os.environ else {}
        own = {"MNEME_DATA_DIR": str(self.data_dir), "MNEME_PORT": str(self.port), "MNEME_API_KEY": self.key}
        self._environment = clean | models | own | settings
        self._up: subprocess.Popen[bytes] | None = None
        self._second: subprocess.Popen[bytes] | None = None

    @property
    def store(self) -> Path:
        return self.data_dir / "store"

    def start(self) -> None:
        """Returns once it answers, however much waits."""
        self.mend()
        give_up = time.monotonic() + _READY_S
        while not self._answers():
            if time.monotonic() > give_up or (self._up and self._up.poll() is not None):
                sys.exit(f"it does not start:\n{self._log.read_text()[-4000:]}")
            time.sleep(0.2)

    def mend(self) -> None:
        """Start again what nobody else does."""
        if self._up is None or self._up.poll() is not None:
            self._up = self._spawn("cli.main", "up")
        if self._second is None or self._second.poll() is not None:
            embedded = {"MNEME_REDIS_URL": f"unix://{socket_path(self.data_dir)}"}
            self._second = self._spawn("workers.main", "pipeline", more=embedded)

    def bury(self) -> None:
        """Returns once what was killed as a whole is dead: `mend` would take it for alive for another moment."""
        if self._up is not None:
            self._up.wait(30)

    def new_owner(self, name: str) -> str:
        """An API key of another account."""
        command = [sys.executable, "-m", "cli.main", "key", "create", "--owner", name]
        made = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=120, check=True)
        return made.stdout.strip()

    def victims(self) -> Mapping[str, list[int]]:
        """Ids of the processes that run at the moment, by name."""
        found: dict[str, list[int]] = {name: _children(self._up, words) for name, words in VICTIMS.items()}
        found["second worker"] = [self._second.pid] if self._second and self._second.poll() is None else []
        found["everything"] = [self._up.pid] if self._up and self._up.poll() is None and all(found.values()) else []
        return found

    def stop(self) -> None:
        for process in (self._second, self._up):
            if process is not None and process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait(60)

    def _spawn(self, *module: str, more: Mapping[str, str] | None = None) -> subprocess.Popen[bytes]:
        with self._log.open("ab") as log:
            command = [sys.executable, "-m", *module]
            return subprocess.Popen(command, env=self._environment | (more or {}), stdout=log, stderr=log)

    def _answers(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(5)
            try:
                probe.connect(("127.0.0.1", self.port))
                probe.sendall(b"GET /health HTTP/1.0\r\n\r\n")
                return probe.recv(64).split(b" ")[1:2] == [b"200"]
            except OSError:
                return False


@contextmanager
def installed(folder: Path, **settings: str) -> Iterator[Install]:
    """A running install over an empty folder."""
    install = Install(folder, **settings)
    try:
        install.start()
        yield install
    finally:
        install.stop()


def _children(process: subprocess.Popen[bytes] | None, words: str) -> list[int]:
    if process is None:
        return []
    listing = subprocess.run(
        ["ps", "-ww", "-o", "pid=,stat=,args=", "--ppid", str(process.pid)], capture_output=True, text=True, check=False
    )
    rows = (line.split(maxsplit=2) for line in listing.stdout.splitlines())
    return [int(row[0]) for row in rows if len(row) == 3 and words in row[2] and not row[1].startswith("Z")]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
