"""Maintenance: how long each job takes, how much memory it needs, and what a search notices of it meanwhile.

python -m bench.maintenance --memories 100000 --users 500      with a Redis of its own, and vectors that are made up
"""

import argparse
import asyncio
import contextlib
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from bench.store_speed import DIMENSION, OWNER, SHARDS, Corpus
from cli.redis_server import find_server
from core.accesses import Accesses
from core.clock import system_clock
from core.limits import Limits as RateLimits
from core.mailbox import Mailbox
from core.mailbox.wake import ArqWake
from core.projects import Projects
from core.receipts import Receipts
from core.redis import open_redis
from core.resources import Resources
from core.settings import Settings
from core.store.connection import Store
from core.store.keys import Keys
from core.store.reader import Reader
from core.store.records import Records
from core.store.upkeep import Upkeep
from core.store.writer import ShardWriter
from schemas.maintenance import Job, Limits, Order, Run
from schemas.memory import Memory
from schemas.scope import Scope, shard_of
from schemas.search import Condition, Selection
from workers.maintenance import run_job

NOW = datetime.now(UTC)
ORDERS = {
    "importance-recalculation": Order(job=Job.IMPORTANCE),
    "the same, nothing to do": Order(job=Job.IMPORTANCE),
    "undo of the first": Order(job=Job.UNDO),
    "link-optimization": Order(job=Job.LINKS),
    "the same, nothing new": Order(job=Job.LINKS),
    "pruning, dry run": Order(job=Job.PRUNING, limits=Limits(max_age_days=365), dry_run=True),
    "pruning": Order(job=Job.PRUNING, limits=Limits(max_age_days=365)),
    "undo of it": Order(job=Job.UNDO),
    "summarization": Order(job=Job.SUMMARIZATION),
    "upkeep": Order(job=Job.UPKEEP),
}


@dataclass
class Made:
    """An embedder whose vectors mean nothing."""

    corpus: Corpus
    name = "bench"
    dimension = DIMENSION

    async def embed(self, texts: list[str]) -> NDArray[np.float32]:
        return self.corpus.vectors(len(texts))

    async def embed_query(self, text: str) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self.corpus.vectors(1)[0]
        return vector

    async def close(self) -> None: ...


@contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    socket = folder / "redis.sock"
    options = ["--port", "0", "--unixsocket", str(socket), "--dir", str(folder), "--appendonly", "yes", "--save", ""]
    with subprocess.Popen([find_server(), *options], stdout=subprocess.DEVNULL) as server:
        try:
            yield f"unix://{socket}"
        finally:
            server.terminate()


@asynccontextmanager
async def opened(folder: Path, url: str, corpus: Corpus) -> AsyncIterator[Resources]:
    settings = Settings(redis_url=url, data_dir=folder, shards=SHARDS, _env_file=None)
    store = await Store.open(settings.store_location, shards=SHARDS, embedding_model="bench", dimension=DIMENSION)
    redis = await open_redis(settings)
    keys, reader = Keys(store), Reader(store)
    yield Resources(
        settings=settings,
        clock=system_clock,
        redis=redis,
        mailbox=Mailbox(redis, settings, wake=ArqWake(redis)),
        receipts=Receipts(redis, settings),
        store=store,
        reader=reader,
        keys=keys,
        limits=RateLimits(redis, settings, keys, reader),
        accesses=Accesses(redis, settings),
        projects=Projects(Records(store), keys, redis),
        embedder=Made(corpus),  # type: ignore[arg-type]
        chat=None,
    )
    await store.close()
    await redis.aclose()


async def fill(resources: Resources, corpus: Corpus, memories: int, users: int) -> None:
    """Memories of the last two years, many to a commit, compacted as a tender would have."""
    by_shard: dict[int, list[str]] = {}
    for user in (f"user{n}" for n in range(users)):
        by_shard.setdefault(shard_of(Scope(owner=OWNER, user=user).subject, SHARDS), []).append(user)
    upkeep = Upkeep(resources.store)
    for shard, mine in by_shard.items():
        writer = ShardWriter(resources.store, shard)
        rows: list[tuple[Memory, NDArray[np.float32]]] = []
        for user in mine:
            rows += [(aged(corpus, memory), vector) for memory, vector in corpus.memories(user, memories // users)]
            if len(rows) > 2_000:
                await writer.commit(rows, [])
                rows = []
        await writer.commit(rows, [])
        await upkeep.run(shard)


def aged(corpus: Corpus, memory: Memory) -> Memory:
    at = NOW - timedelta(days=float(corpus.random.uniform(0, 730)))
    return replace(memory, said_at=at, created_at=at, updated_at=at, accepted_at=at)


async def searches(resources: Resources, corpus: Corpus, times_ms: list[float]) -> None:
    """A reader that asks again and again, until it is cancelled."""
    while True:
        where = Condition(field="user", value=f"user{int(corpus.random.integers(50))}")
        started = time.perf_counter()
        await resources.reader.search(Selection(owner=OWNER, where=where), corpus.vectors(1)[0], "word1 word2", 10)
        times_ms.append((time.perf_counter() - started) * 1_000)
        await asyncio.sleep(0.02)


def forget_peak() -> None:
    Path("/proc/self/clear_refs").write_text("5")


def peak_mb() -> float:
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


async def carried_out(resources: Resources, order: Order, corpus: Corpus) -> tuple[Run, float, NDArray[np.float64]]:
    times_ms: list[float] = []
    reader = asyncio.create_task(searches(resources, corpus, times_ms))
    forget_peak()
    run = await resources.jobs.start(order)
    started = time.perf_counter()
    await run_job({"resources": resources, "name": "bench"}, run.id)
    took_s = time.perf_counter() - started
    reader.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await reader
    return await resources.jobs.get(None, run.id), took_s, np.array(times_ms or [0.0])


async def main(memories: int, users: int, jobs: int) -> None:
    corpus = Corpus()
    with tempfile.TemporaryDirectory(prefix="mneme-bench-") as folder, redis_server(Path(folder)) as url:
        async with opened(Path(folder), url, corpus) as resources:
            started = time.perf_counter()
            await fill(resources, corpus, memories, users)
            took_s = time.perf_counter() - started
            print(f"{memories:,} memories of {users} users, {SHARDS} shards, {DIMENSION} dimensions; made in {took_s:.0f} s")
            print(f"resident before: {peak_mb():.0f} MB\n")
            print("| job | s | peak MB | searches meanwhile p50 / p95 ms | what |\n|---|---|---|---|---|")
            done: dict[str, str] = {}
            for name, order in list(ORDERS.items())[:jobs]:
                undone = {"undo of the first": "importance-recalculation", "undo of it": "pruning"}.get(name)
                order = order.model_copy(update={"run": done[undone]}) if undone else order
                run, took_s, times_ms = await carried_out(resources, order, corpus)
                done[name] = run.id
                p50, p95 = np.percentile(times_ms, (50, 95))
                what = ", ".join(f"{count:,} {word.replace('_', ' ')}" for word, count in run.report.counts.items() if count)
                print(f"| {name} | {took_s:.1f} | {peak_mb():.0f} | {p50:.0f} / {p95:.0f} | {run.error or what} |", flush=True)


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger("WARNING"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memories", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=500)
    parser.add_argument("--jobs", type=int, default=len(ORDERS), help="only the first of them")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.memories, arguments.users, arguments.jobs))
