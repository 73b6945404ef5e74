"""Processes as on several machines: each with a data folder of its own, one Redis by URL, one store by URI."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from server import MODELS, PATIENT, ROOT, free_port

KEY = "mlive_test_of_several_machines"


@dataclass
class Machines:
    """What runs, by name. Every process is started as the Procfile says."""

    folder: Path
    environment: dict[str, str]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def start(self, name: str, *command: str) -> None:
        """Start `python -m command` on a machine of its own."""
        own = {"MNEME_DATA_DIR": str(self.folder / name)}
        with (self.folder / f"{name}.log").open("ab") as log:
            argv = [sys.executable, "-m", *command]
            self.running[name] = subprocess.Popen(argv, cwd=ROOT, env=self.environment | own, stdout=log, stderr=log)

    def start_web(self, name: str) -> None:
        self.ports[name] = free_port()
        self.start(name, "uvicorn", "query.app:web", "--factory", "--port", str(self.ports[name]), "--log-level", "warning")

    def start_worker(self, name: str) -> None:
        self.start(name, "workers.main", "pipeline")

    def client(self, web: str) -> httpx.Client:
        return httpx.Client(base_url=f"http://127.0.0.1:{self.ports[web]}", headers={"Authorization": f"Token {KEY}"}, timeout=60)

    def send(self, name: str, number: signal.Signals) -> None:
        self.running[name].send_signal(number)

    def wait_until_ready(self, workers: int) -> None:
        deadline = time.monotonic() + 150
        for web, port in self.ports.items():
            while not _ready(port, workers):
                assert time.monotonic() < deadline, self.said(web)
                time.sleep(0.1)

    def said(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def stop(self) -> None:
        for process in self.running.values():
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGCONT)
                process.terminate()
        for process in self.running.values():
            process.wait(60)


@contextlib.contextmanager
def machines(folder: Path, redis_url: str, store_uri: str, **settings: str) -> Iterator[Machines]:
    """An empty install over that Redis and store; its tables are made."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MNEME_", "AWS_"))}
    own = {"MNEME_REDIS_URL": redis_url, "MNEME_STORE_URI": store_uri, "MNEME_MODELS_DIR": str(MODELS), "MNEME_API_KEY": KEY}
    there = Machines(folder, clean | own | {"MNEME_SHARDS": "2", "MNEME_LOG_LEVEL": "WARNING"} | PATIENT | settings)
    try:
        there.start("prepare", "cli.prepare")
        assert there.running["prepare"].wait(150) == 0, there.said("prepare")
        yield there
    finally:
        there.stop()


def _ready(port: int, workers: int) -> bool:
    try:
        answer = httpx.get(f"http://127.0.0.1:{port}/ready", timeout=10)
    except httpx.TransportError:
        return False
    checks = answer.json().get("checks", {})
    return checks.get("redis", {}).get("ok") and checks.get("store", {}).get("ok") and checks.get("workers", {}).get("alive", 0) >= workers


@contextlib.contextmanager
def object_store(folder: Path) -> Iterator[Mapping[str, str]]:
    """An S3-compatible server with one empty bucket, `mneme`; gives the environment its clients want."""
    port = free_port()
    with (folder / "s3.log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not _has_bucket(url):
            assert time.monotonic() < deadline, (folder / "s3.log").read_text()
            time.sleep(0.1)
        keys = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": "us-east-1"}
        yield {"AWS_ENDPOINT": url, "AWS_ALLOW_HTTP": "true", **keys}
    finally:
        server.terminate()
        server.wait(60)


def _has_bucket(url: str) -> bool:
    try:
        return httpx.put(f"{url}/mneme", timeout=10).status_code == 200
    except httpx.TransportError:
        return False
