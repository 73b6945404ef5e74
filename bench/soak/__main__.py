"""`make soak`: an install of its own under `kill -9`, then the independent reader; exit code 1 when anything accepted came to harm.

python -m bench.soak [--messages 100000] [--users 1000] [--kills 100] [--every 8] [--moves 0.02] [--keep FOLDER]
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path

from bench.soak.install import Install, installed
from bench.soak.producer import Producer
from bench.soak.reader import main as read
from bench.soak.striker import Striker

LEASE_S = 3.0
OWNERS = ("default", "second", "third")


def main() -> int:
    asked = _arguments()
    folder = nullcontext(asked.keep) if asked.keep else tempfile.TemporaryDirectory(prefix="mneme-soak-")
    if asked.keep:
        asked.keep.mkdir(parents=True, exist_ok=True)
    with folder as place, installed(Path(place), MNEME_LEASE_S=str(LEASE_S), MNEME_SWEEP_S="1", MNEME_LOG_LEVEL="WARNING") as install:
        return soak(install, Path(place), asked)


def soak(install: Install, folder: Path, asked: argparse.Namespace) -> int:
    """Produce and strike side by side, then read. Prints the tables."""
    keys = {"default": install.key} | {owner: install.new_owner(owner) for owner in OWNERS[1:]}
    striker = Striker(install, asked.kills, asked.every, LEASE_S)
    producer = Producer(install.url, keys, asked.users, asked.messages, folder / "ledger.jsonl", asked.moves, striker.keep_pace)
    started = time.monotonic()
    asyncio.run(_side_by_side(producer, striker))
    fired_s = time.monotonic() - started
    install.start()
    print(f"\n{producer.accepted} messages of {asked.users} users accepted under fire in {fired_s:.0f} s; "
          f"killed: {dict(striker.killed)}, stopped for longer than a lease: {striker.paused}\n", flush=True)  # fmt: skip
    outcome = read(str(folder / "ledger.jsonl"), install.url, str(install.store), json.dumps(keys))
    print(f"\nall read {time.monotonic() - started:.0f} s after the first message", flush=True)
    return outcome


async def _side_by_side(producer: Producer, striker: Striker) -> None:
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(producer.run())
        tasks.create_task(striker.run())


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.soak")
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--users", type=int, default=1_000)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--every", type=float, default=8.0, help="seconds between two kills, on the average")
    parser.add_argument("--moves", type=float, default=0.02, help="part of the events that are facts to extract")
    parser.add_argument("--keep", type=Path, help="folder to keep everything in")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
