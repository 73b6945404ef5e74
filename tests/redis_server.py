"""A real redis-server for tests: its own folder and socket, an append-only file, killed and started at will."""

import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis import Redis
from redis.exceptions import RedisError

from cli.redis_server import find_server


class RedisServer:
    """Listens on a Unix socket in a short temporary folder; `stop` removes the folder."""

    def __init__(self, *options: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="mneme-redis-"))
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._folder}/redis.sock"

    def start(self) -> None:
        """Returns once it answers."""
        usual = ("--port", "0", "--unixsocket", f"{self._folder}/redis.sock", "--dir", str(self._folder), "--save", "")
        durable = ("--appendonly", "yes", "--appendfsync", "no", "--maxmemory-policy", "noeviction", "--loglevel", "warning")
        self._process = subprocess.Popen([find_server(), *usual, *durable, *self._options], stdout=subprocess.DEVNULL)
        give_up = time.monotonic() + 60
        with Redis.from_url(self.url) as client:
            while True:
                try:
                    client.ping()
                    return
                except RedisError:
                    if time.monotonic() > give_up:
                        raise
                    time.sleep(0.01)

    def kill(self) -> None:
        """As a crash: SIGKILL, the folder stays."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(60)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """It neither answers nor refuses."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def stop(self) -> None:
        if self._process is not None:
            self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)
