"""A prober beside everything else, in a process of its own: a search and an add that waits every 100 ms, each with its time.

python -m bench.growth.prober PORT KEY        writes a JSON line a call, as `Probe`
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from bench.growth.made import user
from bench.install import Install
from bench.texts import questions, statements
from bench.wire import Wire

_EVERY_S = 0.1
_USER_ROWS = 50
_PATIENCE_S = 300


@dataclass(frozen=True, slots=True)
class Probe:
    kind: str
    """read or write."""
    began: float
    """Seconds since 1970."""
    ms: float
    failed: bool


@dataclass(slots=True)
class Probes:
    """What the prober has written."""

    file: Path
    _read: int = 0

    def new(self) -> list[Probe]:
        """Since the last time it was asked."""
        with self.file.open() as lines:
            lines.seek(self._read)
            text = lines.read()
        whole = text[: text.rfind("\n") + 1]
        self._read += len(whole)
        return [Probe(*json.loads(line)) for line in whole.splitlines()]


@contextmanager
def probing(own: Install, file: Path) -> Iterator[Probes]:
    """A prober at work as long as the context lasts."""
    with file.open("w") as out, subprocess.Popen([sys.executable, "-m", __name__, str(own.port), own.key], stdout=out) as process:
        try:
            yield Probes(file)
        finally:
            process.terminate()


async def _probe(port: int, key: str) -> None:
    texts, asked = statements(seed=int(time.time())), questions(seed=int(time.time()))
    async with Wire(port, key) as reading, Wire(port, key) as writing, asyncio.TaskGroup() as tasks:
        tasks.create_task(_again("read", lambda number: reading.search(user(number % 100), next(asked))))
        tasks.create_task(_again("write", lambda number: writing.add(f"probe{number // _USER_ROWS}", [next(texts)], infer=True, wait=True)))


async def _again(kind: str, call: Callable[[int], Awaitable[object]]) -> None:
    """A call every 100 ms; after one that took longer the next comes at once."""
    for number in count():
        began, due = time.time(), time.perf_counter() + _EVERY_S
        started = time.perf_counter()
        failed = False
        try:
            async with asyncio.timeout(_PATIENCE_S):
                await call(number)
        except (RuntimeError, TimeoutError) as error:
            print(f"{kind}: {error}", file=sys.stderr, flush=True)
            failed = True
        print(json.dumps([kind, began, (time.perf_counter() - started) * 1000, failed]), flush=True)
        await asyncio.sleep(max(0.0, due - time.perf_counter()))


if __name__ == "__main__":
    asyncio.run(_probe(int(sys.argv[1]), sys.argv[2]))
