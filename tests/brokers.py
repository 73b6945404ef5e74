"""Real message brokers for tests, each in a folder and on ports of its own: RabbitMQ and NATS as Debian packages them."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from server import free_port

RABBIT = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
_START_S = 60


def nats_program() -> str | None:
    return shutil.which("nats-server", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


class Broker:
    """`kill` ends it as a crash does, `start` brings it back with what it kept; `stop` removes its folder."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="mneme-broker-"))
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns once it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(self.command(), env=self.environment(), stdout=log, stderr=log, start_new_session=True)
        give_up = time.monotonic() + _START_S
        while not self.answers():
            assert self._process.poll() is None, (self.folder / "log").read_text()
            assert time.monotonic() < give_up, (self.folder / "log").read_text()
            time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def stop(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self) -> list[str]:
        raise NotImplementedError

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def answers(self) -> bool:
        raise NotImplementedError


class NatsServer(Broker):
    @property
    def url(self) -> str:
        return f"nats://127.0.0.1:{self.port}"

    def command(self) -> list[str]:
        program = nats_program()
        assert program
        return [program, "-js", "-sd", str(self.folder / "store"), "-a", "127.0.0.1", "-p", str(self.port)]

    def answers(self) -> bool:
        return _says(self.port, b"", lambda said: said.startswith(b"INFO"))


class RabbitServer(Broker):
    """Its Erlang port mapper is its own as well."""

    def __init__(self) -> None:
        super().__init__()
        self._distribution, self._mapper = free_port(), free_port()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def command(self) -> list[str]:
        return [str(RABBIT)]

    def environment(self) -> dict[str, str]:
        base = str(self.folder)
        (self.folder / "plugins").write_text("[].\n")
        (self.folder / "rabbitmq.conf").write_text(f"listeners.tcp.default = 127.0.0.1:{self.port}\n")
        return {
            "PATH": os.environ["PATH"],
            "HOME": base,
            "LANG": "C.UTF-8",
            "RABBITMQ_NODENAME": f"mneme{self.port}@localhost",
            "RABBITMQ_CONFIG_FILE": f"{base}/rabbitmq",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{base}/plugins",
            "RABBITMQ_MNESIA_BASE": f"{base}/mnesia",
            "RABBITMQ_LOG_BASE": base,
            "RABBITMQ_DIST_PORT": str(self._distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 1:1 +sbwt none",
            "ERL_EPMD_PORT": str(self._mapper),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
        }

    def answers(self) -> bool:
        return _says(self.port, b"AMQP\x00\x00\x09\x01", lambda said: said.startswith(b"\x01"))

    def kill(self) -> None:
        """Its port mapper, which leaves the group of processes, ends as well."""
        super().kill()
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and f"ERL_EPMD_PORT={self._mapper}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                    os.kill(int(entry.name), signal.SIGKILL)
            except (FileNotFoundError, PermissionError, ProcessLookupError):
                continue


def _says(port: int, greeting: bytes, expected: Callable[[bytes], bool]) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(greeting)
            connection.settimeout(2)
            return expected(connection.recv(4096))
    except OSError:
        return False
