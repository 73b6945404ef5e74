"""What does each way in cost? The same messages by POST /v1/bulk, `mneme import` and each message broker, beside the bare model.

python -m bench roads [--messages 100000] [--users 1000] [--roads bulk import redis rabbit nats]

Each way has an install of its own, and the rate counts until the last message is a memory. Beside it the CPU time of each process:
what a consumer adds is its share of the whole.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import threading
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import httpx

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from producers import PRODUCERS
from queue_under_fire import broker_url

from bench.imports import start
from bench.install import Install, installed
from bench.plot import bars
from bench.rest import family, usage
from bench.texts import statements
from core.models.embedding import open_embedder
from core.settings import Settings

_BATCH = 256
_EMBEDDED = 5_000
_LOOK_S = 0.5
_PROCESSES = {"query.app:web": "web", "pipeline": "worker", "maintenance": "tender", "redis": "redis", "ingest.consumer": "consumer"}


@dataclass(frozen=True, slots=True)
class Run:
    rate: float
    """Messages a second, from the first byte sent to the last memory stored."""
    cpu_ms: Mapping[str, float]
    """Process -> milliseconds of CPU a message."""


def main() -> None:
    given = _arguments()
    texts = [f"{number}: {text}" for number, text in enumerate(islice(statements(seed=9), given.messages))]
    lines = [
        json.dumps({"user_id": f"user-{number % given.users}", "content": text, "infer": False}).encode()
        for number, text in enumerate(texts)
    ]
    before, runs = asyncio.run(_bare(texts)), {road: _run(road, lines) for road in given.roads}
    bare = (before + asyncio.run(_bare(texts))) / 2
    print(f"{given.messages:,} messages of {given.users:,} users; the bare model embeds {bare:,.0f} texts/s\n")
    names = list(_PROCESSES.values())
    print("| | messages/s | of the bare model | of bulk |" + "".join(f" {name}, ms CPU |" for name in names))
    print("|" + "---|" * (4 + len(names)))
    for road, run in runs.items():
        beside = f"{run.rate / runs['bulk'].rate:.2f}" if "bulk" in runs else ""
        print(
            f"| {road} | {run.rate:,.0f} | {run.rate / bare:.2f} | {beside} |"
            + "".join(f" {run.cpu_ms.get(name, 0):.2f} |" for name in names)
        )
    print("\n" + bars({"bare model": bare} | {road: run.rate for road, run in runs.items()}, "messages/s"))


async def _bare(texts: Sequence[str]) -> float:
    """Texts a second, spread evenly over all of them."""
    embedder = await open_embedder(Settings())
    sample = texts[:: max(1, len(texts) // _EMBEDDED)]
    await embedder.embed(sample[:_BATCH])
    started = time.perf_counter()
    for at in range(0, len(sample), _BATCH):
        await embedder.embed(sample[at : at + _BATCH])
    rate = len(sample) / (time.perf_counter() - started)
    await embedder.close()
    return rate


def _run(road: str, lines: Sequence[bytes]) -> Run:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="mneme-bench-")))
        settings = {}
        if road in PRODUCERS:
            url = stack.enter_context(broker_url(road))
            settings = {"MNEME_BROKER_URLS": url, "MNEME_BROKER_TRUSTED_OWNER": "default"}
            send: Callable[[Install], object] = lambda own: _publish(PRODUCERS[road], url, lines)  # noqa: E731
        else:
            path = folder / "messages.ndjson"
            path.write_bytes(b"\n".join(lines))
            send = lambda own: {"bulk": _bulk, "import": _import}[road](own, path)  # noqa: E731
        own = stack.enter_context(installed(folder / "data", **settings))
        run = _timed(own, send, len(lines))
    print(f"{road}: {run.rate:,.0f}/s", file=sys.stderr, flush=True)
    return run


def _timed(own: Install, send: Callable[[Install], object], messages: int) -> Run:
    before, started = _cpu(own.pid), time.perf_counter()
    sending = threading.Thread(target=send, args=(own,))
    sending.start()
    with httpx.Client(base_url=own.url, headers={"Authorization": f"Token {own.key}"}, timeout=60) as client:
        while client.get("/v1/memory/stats").json()["total_memories"] < messages:
            time.sleep(_LOOK_S)
    seconds = time.perf_counter() - started
    after = _cpu(own.pid)
    sending.join()
    return Run(messages / seconds, {name: (after[name] - before.get(name, 0.0)) / messages * 1000 for name in after})


def _cpu(pid: int) -> dict[str, float]:
    """Seconds by process."""
    found: dict[str, float] = {}
    for one in family(pid):
        words = Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode()
        if name := next((name for part, name in _PROCESSES.items() if part in words), None):
            found[name] = found.get(name, 0.0) + usage(one).cpu_s
    return found


def _publish(publish: Callable[[str, Sequence[bytes]], Awaitable[None]], url: str, lines: Sequence[bytes]) -> None:
    async def whole() -> None:
        await publish(url, lines)

    asyncio.run(whole())


def _bulk(own: Install, path: Path) -> None:
    with httpx.Client(base_url=own.url, headers={"Authorization": f"Token {own.key}"}, timeout=3_600) as client, path.open("rb") as file:
        client.post("/v1/bulk", params={"job": "roads"}, content=file).raise_for_status()


def _import(own: Install, path: Path) -> None:
    running = start(path.parent, path)
    running.communicate()
    if running.returncode:
        sys.exit(f"mneme import ended with code {running.returncode}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--roads", nargs="+", default=["bulk", "import", *PRODUCERS], choices=["bulk", "import", *PRODUCERS])
    return parser.parse_args()


if __name__ == "__main__":
    main()
