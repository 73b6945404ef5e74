"""How long does a search take over HTTP as the store grows? Beside bare LanceDB with the same model, and Mem0's library.

python -m bench search [--sizes 10000 100000 1000000] [--folder KEPT] [--calls 300] [--mem0 PYTHON]

Bare LanceDB is asked in this process, over the same tables: the question embedded, then the 10 nearest and the 10 best by words,
side by side, of one user's rows; no ranking, no account, no HTTP. The two take turns, 50 searches each.
A million memories take 5 to 15 minutes and 4 GB to make; --folder keeps them for the next run.
"""

import argparse
import asyncio
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count, islice
from pathlib import Path

import lancedb
import numpy as np
from lancedb.query import MatchQuery

from bench.filled import GIANT, OWNER, fill, small_users
from bench.install import installed
from bench.plot import bars
from bench.rival import PYTHON, mem0
from bench.texts import questions, statements
from bench.timing import PERCENTILES
from bench.wire import Wire
from core.models.embedding import Embedder, open_embedder
from core.settings import Settings
from core.store.tables import memories_name
from schemas.scope import Scope, shard_of

_HEAD = "| memories | whose | clients | p50 ms | p95 | p99 | bare LanceDB p50 | p95 | p99 | ratio p50 | searches/s | bare |"
_ROUND = 50
_CLIENTS = 8
_MEM0_ROWS = 1_000
Medians = dict[str, float]
"""In ms, by what was asked."""
Ask = Callable[[int], Awaitable[object]]
"""One search, by its client's number."""


@dataclass(slots=True)
class Raw:
    """LanceDB as it comes."""

    tables: Sequence[lancedb.AsyncTable]
    embedder: Embedder

    @classmethod
    async def over(cls, data_dir: Path, embedder: Embedder) -> "Raw":
        settings = Settings(data_dir=data_dir)
        database = await lancedb.connect_async(settings.store_location, read_consistency_interval=timedelta(seconds=5))
        return cls([await database.open_table(memories_name(shard)) for shard in range(settings.shards)], embedder)

    async def search(self, user: str, text: str) -> None:
        subject = Scope(owner=OWNER, user=user).subject
        table = self.tables[shard_of(subject, len(self.tables))]
        near = table.query().nearest_to(await self.embedder.embed_query(text)).distance_type("cosine")
        if user != GIANT:
            near = near.bypass_vector_index()
        worded = table.query().nearest_to_text(MatchQuery(text, "content"))  # type: ignore[call-arg]
        where, columns = f"subject = '{subject}'", ["id", "content"]
        await asyncio.gather(
            near.where(where).select([*columns, "_distance"]).limit(10).to_arrow(),
            worded.where(where).select([*columns, "_score"]).limit(10).to_arrow(),
        )


def main() -> None:
    given = _arguments()
    print(_HEAD + "\n|" + "---|" * (_HEAD.count("|") - 1))
    medians: Medians = {}
    with tempfile.TemporaryDirectory(prefix="mneme-bench-") as made:
        for size in given.sizes:
            medians |= _at((given.folder or Path(made)) / str(size) / "data", size, given.calls)
        texts = list(islice(statements(seed=9), _MEM0_ROWS))
        said = [(f"user{number % 20}", text) for number, text in enumerate(texts)]
        rival = mem0(given.mem0, said, [("user1", text) for text in islice(questions(seed=8), 100)])
        if rival is not None:
            medians[f"Mem0's library in process, {_MEM0_ROWS:,}"] = float(np.median(rival.search_ms))
            medians |= _at(Path(made) / "rival" / "data", _MEM0_ROWS, given.calls)
    print("\n" + bars(medians, "ms (p50)"))


def _at(data_dir: Path, size: int, calls: int) -> Medians:
    data_dir.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_measured(data_dir, size, calls))


async def _measured(data_dir: Path, size: int, calls: int) -> Medians:
    await fill(data_dir, size)
    medians: Medians = {}
    embedder = await open_embedder(Settings())
    raw, asked = await Raw.over(data_dir, embedder), _asked()
    with installed(data_dir) as own:
        wires = [Wire.to(own) for _ in range(_CLIENTS)]
        for whose in ("small", GIANT):

            def user(whose: str = whose) -> str:
                return GIANT if whose == GIANT else f"user{int(time.perf_counter() * 1e6) % small_users(size)}"

            def ours(client: int) -> Awaitable[object]:
                return wires[client].search(user(), next(asked))

            def bare(client: int) -> Awaitable[object]:
                return raw.search(user(), next(asked))

            for clients in (1, _CLIENTS):
                mine, theirs = await _compare(f"{size:,} | {whose}", ours, bare, clients, calls)
                name = f"{size:,}, {whose}, {clients} at once"
                medians |= {name: mine, f"{name}, bare LanceDB": theirs}
        for wire in wires:
            await wire.__aexit__(None, None, None)
    await embedder.close()
    return medians


async def _compare(name: str, ours: Ask, bare: Ask, clients: int, calls: int) -> tuple[float, float]:
    """Prints a line; gives our median and LanceDB's in ms."""
    times: dict[Ask, list[float]] = {ours: [], bare: []}
    spent = {ours: 0.0, bare: 0.0}
    for ask in times:
        await _round(ask, clients)
    while len(times[ours]) < calls:
        for ask, taken in times.items():
            started = time.perf_counter()
            taken += await _round(ask, clients)
            spent[ask] += time.perf_counter() - started
    mine, theirs = (np.percentile(times[ask], PERCENTILES) for ask in (ours, bare))
    rates = (len(times[ask]) / spent[ask] for ask in (ours, bare))
    print(f"| {name} | {clients} | {' | '.join(f'{ms:.1f}' for ms in (*mine, *theirs))} | {mine[0] / theirs[0]:.2f} |", end="")
    print("".join(f" {rate:,.0f} |" for rate in rates), flush=True)
    return float(mine[0]), float(theirs[0])


async def _round(ask: Ask, clients: int) -> list[float]:
    """Milliseconds of _ROUND searches by so many clients."""
    left = iter(range(_ROUND))

    async def one(client: int) -> list[float]:
        taken = []
        for _ in left:
            started = time.perf_counter()
            await ask(client)
            taken.append((time.perf_counter() - started) * 1000)
        return taken

    return [ms for part in await asyncio.gather(*map(one, range(clients))) for ms in part]


def _asked() -> "map[str]":
    """Questions of which none comes twice, in this process or in the server."""
    return map("{0[0]} ({0[1]})".format, zip(questions(seed=time.time_ns()), count(), strict=False))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--folder", type=Path, help="where the stores are kept for another run; a temporary one where absent")
    parser.add_argument("--calls", type=int, default=300, help="searches of each kind")
    parser.add_argument("--mem0", type=Path, default=PYTHON, help="a Python that has mem0ai, see bench/rival.py")
    return parser.parse_args()


if __name__ == "__main__":
    main()
