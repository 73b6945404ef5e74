"""How fast is an import, and does it survive? `mneme import`, broken off by Ctrl-C and by kill -9 and run again, beside the HTTP bulk path
and beside embedding the same texts in this process.

python -m bench.imports [--messages 50000] [--http 10000] [--users 200]
"""

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import httpx

from bench.install import installed
from bench.texts import statements
from core.models.embedding import open_embedder
from core.settings import Settings

_EMBEDDED = 2_000
"""Texts for the yardstick, before and after."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=50_000)
    parser.add_argument("--http", type=int, default=10_000)
    parser.add_argument("--users", type=int, default=200)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="mneme-bench-") as name, installed(Path(name) / "data") as own:
        folder, url, key = Path(name), own.url, own.key
        rows = [("embedding alone, before", asyncio.run(embed(folder)), 0)]
        rows += broken_import(folder, url, key, given.messages, given.users)
        rows += over_http(folder, url, key, given.http, given.users)
        rows.append(("embedding alone, after", asyncio.run(embed(folder)), 0))
    print(f"\n{'':42} {'messages/s':>12} {'peak RSS, MB':>14}")
    for what, rate, rss in rows:
        print(f"{what:42} {f'{rate:,.0f}' if rate else '':>12} {rss or '':>14}")


async def embed(folder: Path) -> float:
    """Texts a second of the model alone, while the install idles."""
    embedder = await open_embedder(Settings(data_dir=folder / "data"))
    texts = list(islice(statements(seed=3), _EMBEDDED))
    await embedder.embed(texts[:100])
    started = time.perf_counter()
    for first in range(0, len(texts), 256):
        await embedder.embed(texts[first : first + 256])
    seconds = time.perf_counter() - started
    await embedder.close()
    return len(texts) / seconds


def broken_import(folder: Path, url: str, key: str, messages: int, users: int) -> Iterator[tuple[str, float, int]]:
    """Ctrl-C when a third is accepted, kill -9 when two thirds are, then to its end; says whether each message is there once."""
    path = write(folder / "messages.ndjson", messages, users, agent="import")
    small = write(folder / "small.ndjson", messages // 10, users, agent="small")
    _, rss = finish(start(folder, small, "--no-wait"))
    yield f"import of {messages // 10:,}, until safe", 0, rss
    started = time.perf_counter()
    for part, number in ((1 / 3, signal.SIGINT), (2 / 3, signal.SIGKILL)):
        running = start(folder, path)
        while accepted(url, key) < part * messages and running.poll() is None:
            time.sleep(0.05)
        running.send_signal(number)
        running.wait()
        print(f"{signal.Signals(number).name} at {accepted(url, key):,} accepted", flush=True)
    _, rss = finish(start(folder, path))
    seconds = time.perf_counter() - started
    print(f"{count(url, key, 'import'):,} memories of {messages:,} messages")
    yield f"import of {messages:,}, broken off twice", messages / seconds, rss


def over_http(folder: Path, url: str, key: str, messages: int, users: int) -> Iterator[tuple[str, float, int]]:
    path = write(folder / "http.ndjson", messages, users, agent="http")
    with httpx.Client(base_url=url, headers={"Authorization": f"Token {key}"}, timeout=600) as client, path.open("rb") as file:
        started = time.perf_counter()
        client.post("/v1/bulk", params={"job": "http"}, content=file).raise_for_status()
        yield f"POST /v1/bulk of {messages:,}, until safe", messages / (time.perf_counter() - started), 0
        while not client.get("/v1/bulk/http").json()["done"]:
            time.sleep(0.05)
        yield f"POST /v1/bulk of {messages:,}, until stored", messages / (time.perf_counter() - started), 0
    print(f"{count(url, key, 'http'):,} memories of {messages:,} messages")


def write(path: Path, messages: int, users: int, agent: str) -> Path:
    with path.open("w") as file:
        for number, text in enumerate(islice(statements(seed=len(agent)), messages)):
            line = {"user_id": f"user-{number % users}", "agent_id": agent, "content": f"{number}: {text}", "infer": False}
            file.write(json.dumps(line) + "\n")
    return path


def start(folder: Path, path: Path, *options: str) -> "subprocess.Popen[str]":
    environment = {**os.environ, "XDG_STATE_HOME": str(folder / "state"), "MNEME_DATA_DIR": str(folder / "data")}
    command = [sys.executable, "-m", "cli.main", "import", str(path), *options]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def finish(process: "subprocess.Popen[str]") -> tuple[int, int]:
    """Exit code, and the most memory it ever had, in MB."""
    most = 0
    while process.poll() is None:
        status = Path(f"/proc/{process.pid}/status")
        lines = status.read_text().splitlines() if status.exists() else []
        most = max([most, *(int(line.split()[1]) // 1024 for line in lines if line.startswith("VmHWM"))])
        time.sleep(0.05)
    print((process.stdout.read() if process.stdout else "").strip(), flush=True)
    return process.returncode, most


def accepted(url: str, key: str) -> int:
    """Of the newest job."""
    jobs = httpx.get(f"{url}/v1/bulk", params={"limit": 1}, headers={"Authorization": f"Token {key}"}, timeout=60).json()["jobs"]
    return int(jobs[0]["accepted"]) if jobs else 0


def count(url: str, key: str, agent: str) -> int:
    body = {"filters": {"agent_id": agent}}
    told = httpx.post(f"{url}/v3/memories/", params={"page_size": 1}, json=body, headers={"Authorization": f"Token {key}"}, timeout=60)
    return int(told.json()["count"])


if __name__ == "__main__":
    main()
