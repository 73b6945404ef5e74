"""How many messages a second go from HTTP to searchable? Beside the model alone on the same texts, and Mem0's library.

python -m bench ingest [--turns FILE.jsonl] [--messages 5000] [--users 10000] [--mem0 PYTHON]

Each case runs against an install of its own; the model alone is measured before and after it, on the same machine: in onnxruntime as
it comes (bench/plain.py), which the goal is of, and as this project drives it. With extraction what counts is embedded statements,
those the extractor finds in the same messages.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from bench.install import Install, installed
from bench.plain import Plain
from bench.plot import bars
from bench.rival import PYTHON, mem0
from bench.texts import statements
from bench.wire import Wire
from core.models.embedding import Embedder, open_embedder
from core.settings import Settings
from schemas.message import Message
from workers.rules.statements import extract

_CLIENTS = 8
_BATCH = 256
_RAW_TEXTS = 1_500
"""Texts that the model alone embeds for one measurement."""
_MEM0_TEXTS = 300
Add = tuple[str, list[str]]
"""A user and the messages of one request."""


@dataclass(frozen=True, slots=True)
class Case:
    name: str
    adds: Sequence[Add]
    infer: bool
    goal: float

    @property
    def texts(self) -> list[str]:
        """All that is to be embedded."""
        if not self.infer:
            return [text for _, texts in self.adds for text in texts]
        now = datetime.now(UTC)
        found = (extract([Message(role="user", content=text) for text in texts], said_at=now) for _, texts in self.adds)
        return [statement.text for extraction in found for statement in extraction.statements]


def main() -> None:
    given = _arguments()
    turns = _turns(given.turns, given.messages)
    together = [("one", turns[at : at + 50]) for at in range(0, len(turns), 50)]
    apart = [(f"user{number}", [turns[number % len(turns)]]) for number in range(given.users)]
    cases = [
        Case("word for word, one user, 50 a request", together, infer=False, goal=0.8),
        Case("word for word, a message each", apart, infer=False, goal=0.6),
        Case("extracted, one user, 50 a request", together, infer=True, goal=0.5),
        Case("extracted, a message each", apart, infer=True, goal=0.5),
    ]
    rates: dict[str, float] = {}
    print(f"{len(turns):,} messages; 'a message each': of {given.users:,} users\n")
    print("| | messages/s | texts embedded/s | the model in onnxruntime, texts/s | ratio | goal | as we drive it | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    plain = Plain()
    for case in cases:
        rates |= asyncio.run(_measured(case, plain))
    for how, as_it_comes in (("with our model", False), ("as it comes", True)):
        if (rival := mem0(given.mem0, [("one", text) for text in turns[:_MEM0_TEXTS]], [], as_it_comes=as_it_comes)) is not None:
            rates[name := f"Mem0's library {how}, word for word, one by one"] = rival.adds_a_s
            ratio = rates[cases[1].name] / rival.adds_a_s
            print(f"| {name} | {rival.adds_a_s:.0f} | | | we: {ratio:.1f} times that | 5 times | | |")
    print("\n" + bars(rates, "messages/s"))


async def _measured(case: Case, plain: Plain) -> dict[str, float]:
    embedder = await open_embedder(Settings())
    texts = case.texts
    before = await _alone(embedder, plain, texts)
    with tempfile.TemporaryDirectory(prefix="mneme-bench-") as folder, installed(Path(folder) / "data") as own:
        seconds = await _ingested(own, case)
    theirs, ours = (sum(rates) / 2 for rates in zip(before, await _alone(embedder, plain, texts), strict=True))
    await embedder.close()
    messages = sum(len(said) for _, said in case.adds) / seconds
    embedded = len(texts) / seconds
    beside = f"{theirs:,.0f} | {embedded / theirs:.2f} | {case.goal} | {ours:,.0f} | {embedded / ours:.2f}"
    print(f"| {case.name} | {messages:,.0f} | {embedded:,.0f} | {beside} |", flush=True)
    return {case.name: messages}


async def _alone(embedder: Embedder, plain: Plain, texts: Sequence[str]) -> tuple[float, float]:
    """Texts a second, spread evenly over all of them: in onnxruntime, and by our embedder."""
    sample = texts[:: max(1, len(texts) // _RAW_TEXTS)]
    theirs = plain.rate(sample)
    started = time.perf_counter()
    for at in range(0, len(sample), _BATCH):
        await embedder.embed(sample[at : at + _BATCH])
    return theirs, len(sample) / (time.perf_counter() - started)


async def _ingested(own: Install, case: Case) -> float:
    """Seconds from the first request to the last receipt closed: from then on a search finds it."""
    waiting = iter(case.adds)
    events: list[str] = []

    async def client() -> None:
        async with Wire.to(own) as wire:
            for user, texts in waiting:
                events.append(await wire.add(user, texts, infer=case.infer, wait=False))

    async with Wire.to(own) as wire:
        await wire.add("warm", ["I like warm starts."], infer=case.infer, wait=True)
        started = time.time()
        await asyncio.gather(*(client() for _ in range(_CLIENTS)))
        # the last ones first: asking for each while the others are still under way would be work for the server that no user makes
        ended = max([await _closed(wire, event) for event in reversed(events)])
    return ended - started


async def _closed(wire: Wire, event: str) -> float:
    """When it was, in seconds since 1970. Looks seldom, so as not to disturb."""
    while True:
        found = await wire.call("GET", f"/v1/event/{event}/")
        if found["status"] == "FAILED":
            raise SystemExit(f"an add failed: {found}")
        if found["status"] == "SUCCEEDED":
            return datetime.fromisoformat(found["completed_at"]).timestamp()
        await asyncio.sleep(0.5)


def _turns(file: Path | None, most: int) -> list[str]:
    """Different texts: the `text` of each line of the file, or made ones."""
    if file is None:
        return list(islice(statements(seed=6), most))
    lines = (json.loads(line).get("text") for line in file.read_text().splitlines())
    return list(islice(dict.fromkeys(text for text in lines if text), most)) or sys.exit(f"{file} has no texts")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=Path, help="JSON lines with a `text` each, such as LoCoMo's turns; made sentences where absent")
    parser.add_argument("--messages", type=int, default=5_000)
    parser.add_argument("--users", type=int, default=10_000)
    parser.add_argument("--mem0", type=Path, default=PYTHON, help="a Python that has mem0ai, see bench/rival.py")
    return parser.parse_args()


if __name__ == "__main__":
    main()
