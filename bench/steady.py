"""How soon is an asynchronous add accepted at a steady rate, and who suffers from another's import?

python -m bench accept [--rate 500] [--seconds 20] [--import-messages 4000]

The client keeps to its timetable whatever the answers do (open loop), and counts from when a request was due. Beside it, in turns:
an empty ASGI app under the same uvicorn, at the same rate. Then one user imports in bulk while another adds one by one and waits.
The client stands for other machines: like the install's own front it asks for short slices, so as not to wait for a core behind the worker.
"""

import argparse
import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path

import numpy as np

from bench.install import Install, free_port, installed
from bench.plot import bars
from bench.texts import statements
from bench.wire import Wire
from core.priority import answer_soon

_CONNECTIONS = 64
_LATECOMERS = 40
"""Waiting adds timed, idle and beside the import."""
_BULK = 100


async def bare(scope: dict[str, object], receive: Callable[[], Awaitable[object]], send: Callable[[object], Awaitable[None]]) -> None:
    """The empty app."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"{}"})


def main() -> None:
    given = _arguments()
    answer_soon()
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "bench.steady:bare", "--port", str(port), "--lifespan", "off", "--log-level", "warning"]
    with tempfile.TemporaryDirectory(prefix="mneme-bench-") as folder, installed(Path(folder) / "data") as own:
        process = subprocess.Popen([*command, "--no-access-log"])
        try:
            asyncio.run(_steady(own, port, given.rate, given.seconds))
            asyncio.run(_beside_import(own, given.import_messages))
        finally:
            process.terminate()
            process.wait(timeout=10)


async def _steady(own: Install, port: int, rate: int, seconds: float) -> None:
    texts = statements(seed=int(time.time()))
    times: dict[str, list[float]] = {"asynchronous add": [], "empty app": []}

    async def add(wire: Wire, number: int) -> object:
        return await wire.add(f"user{number % 1000}", [next(texts)], infer=False, wait=False)

    async def nothing(wire: Wire, number: int) -> object:
        return await wire.call("POST", "/", {"text": next(texts)})

    await _open_loop(own.port, own.key, add, rate, 1)
    for _ in range(2):
        times["empty app"] += await _open_loop(port, "", nothing, rate, seconds / 4)
        times["asynchronous add"] += await _open_loop(own.port, own.key, add, rate, seconds / 2)
    print(f"{rate} requests a second\n\n| | n | p50 ms | p95 | p99 |\n|---|---|---|---|---|")
    for name, taken in times.items():
        print(f"| {name} | {len(taken):,} | {' | '.join(f'{ms:.1f}' for ms in np.percentile(taken, (50, 95, 99)))} |")


async def _open_loop(port: int, key: str, call: Callable[[Wire, int], Awaitable[object]], rate: int, seconds: float) -> list[float]:
    """Milliseconds from when each request was due to its answer."""
    idle: asyncio.LifoQueue[Wire] = asyncio.LifoQueue()
    for _ in range(_CONNECTIONS):
        idle.put_nowait(Wire(port, key))
    taken: list[float] = []

    async def one(number: int, due: float) -> None:
        wire = await idle.get()
        await call(wire, number)
        taken.append((time.perf_counter() - due) * 1000)
        idle.put_nowait(wire)

    started = time.perf_counter()
    async with asyncio.TaskGroup() as tasks:
        for number in range(round(rate * seconds)):
            due = started + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            tasks.create_task(one(number, due))
    while not idle.empty():
        await idle.get_nowait().__aexit__(None, None, None)
    return taken


async def _beside_import(own: Install, messages: int) -> None:
    texts = statements(seed=int(time.time()) + 1)
    async with Wire.to(own) as importing, Wire.to(own) as waiting:
        await _quiet(waiting)
        idle = await _waited(waiting, texts, 0)
        imported = list(islice(texts, messages))
        events = [await importing.add("importer", imported[at : at + _BULK], infer=False, wait=False) for at in range(0, messages, _BULK)]
        beside = await _waited(waiting, texts, _LATECOMERS)
        status = (await waiting.call("GET", f"/v1/event/{events[-1]}/"))["status"]
    medians = {"idle": float(np.median(idle)), "beside the import": float(np.median(beside))}
    print(f"\n{_LATECOMERS} adds that wait, beside an import of {messages:,} messages (at their end it was {status})\n")
    print(bars(medians, "ms (p50)") + f"\nratio {medians['beside the import'] / medians['idle']:.2f}")


async def _quiet(wire: Wire) -> None:
    """Wait until all that was accepted before is done: an add that waits is the last of its shard's queue."""
    for number in range(16):
        await wire.add(f"quiet{number}", ["I wait my turn."], infer=False, wait=True)


async def _waited(wire: Wire, texts: Iterator[str], first: int) -> list[float]:
    taken = []
    for number in range(first, first + _LATECOMERS):
        started = time.perf_counter()
        await wire.add(f"late{number}", [next(texts)], infer=False, wait=True)
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=500, help="requests a second")
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--import-messages", type=int, default=4_000)
    return parser.parse_args()


if __name__ == "__main__":
    main()
