"""What grows with the store? Resident memory, fragments, versions, disk, latency and stalls, from nothing to a million memories.

python -m bench growth [--memories 1000000] [--commits 10000] [--by http|writer] [--folder DIR] [--out growth.md]
python -m bench growth --plot growth.jsonl --out growth.md            draws again what a run, whole or broken off, has written

A whole install is fed memories of users with 50 each, whose vectors come along: the model alone would take a quarter of an hour for
a million. By http: lines of an export to POST /v1/bulk, through web, Redis and worker, in windows as small as the number of commits
asks for. By writer: committed by this process, each commit under its shard's commit lock, a fifth of the work. Either way a search
and an add that waits go through web, model, worker and store every 100 ms, and the tender compacts, indexes and cleans as always.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

from bench.growth.drawing import drawn, table
from bench.growth.feeding import ROADS
from bench.growth.measuring import Measuring
from bench.growth.prober import probing
from bench.growth.sample import read_samples
from bench.install import installed

_POINTS_MAX = 40
_POINT_ROWS = 2_000
"""Fewest memories between two points."""


def main() -> None:
    given = _arguments()
    lines = given.plot or given.out.with_suffix(".jsonl")
    if given.plot is None:
        with tempfile.TemporaryDirectory(prefix="mneme-growth-") as made:
            folder = given.folder or Path(made)
            folder.mkdir(parents=True, exist_ok=True)
            asyncio.run(_grow(folder, given.memories, given.commits, given.by, lines))
    samples, picture = read_samples(lines), given.out.with_suffix(".svg")
    picture.write_text(drawn(samples))
    given.out.write_text(f"{table(samples)}\n\n![What grows]({picture.name})\n")
    print(f"{table(samples)}\n\n{given.out}, {picture}, {lines}")


async def _grow(folder: Path, memories: int, commits: int, by: str, lines: Path) -> None:
    rows_a_commit, road = max(1, memories // commits), ROADS[by]
    points = min(_POINTS_MAX, max(1, memories // _POINT_ROWS))
    settings = {"MNEME_LOG_LEVEL": "INFO", "MNEME_LOG_FORMAT": "json", **road.settings(rows_a_commit)}
    with installed(folder / "data", **settings) as own, probing(own, folder / "probes.jsonl") as probes, lines.open("w") as out:
        async with road.over(own, folder / "data", rows_a_commit) as feeder, Measuring.of(own, folder, probes) as measuring:
            print((await measuring.sample(0)).dump(), end="", file=out, flush=True)
            for here, there in pairwise(round(memories * point / points) for point in range(points + 1)):
                started = time.monotonic()
                await feeder.feed(there - here)
                rate = (there - here) / (time.monotonic() - started)
                print((await measuring.sample(there)).dump(), end="", file=out, flush=True)
                print(f"{there:,} memories, the last at {rate:,.0f} a second", file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--memories", type=int, default=1_000_000)
    parser.add_argument("--commits", type=int, default=10_000, help="at least so many")
    parser.add_argument("--by", choices=list(ROADS), default="http", help="the road they take")
    parser.add_argument("--folder", type=Path, help="where the install and its log are kept; a temporary one where absent")
    parser.add_argument("--out", type=Path, default=Path("growth.md"), help="the table; beside it the picture and the samples")
    parser.add_argument("--plot", type=Path, help="samples of an earlier run, drawn again")
    return parser.parse_args()


if __name__ == "__main__":
    main()
