"""Is what is said remembered? `python -m bench.quality.extraction DATA`: gold facts found, noise left out, speed.

Three sets: MemPalace (snippets with the memories to extract), LoCoMo (facts an LLM wrote for each turn: silver) and BEAM
(the plan line each user message was written from: silver). A gold fact counts as found when a statement of its source is
near enough by the built-in embedding model. Beside it stands what a raw store would do: every sentence of the source kept.
"""

import argparse
import asyncio
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from core.models.embedding import Embedder, open_embedder
from core.settings import Settings
from schemas.message import Message
from workers.rules.noise import prose
from workers.rules.sentences import sentences
from workers.rules.statements import extract

NEAR = 0.6
"""Cosine from which a statement counts as saying the gold fact."""
_SAID_AT = datetime(2024, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """Some messages and the facts that should come of them."""

    messages: tuple[Message, ...]
    gold: tuple[str, ...]


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with path.open() as lines:
        yield from map(json.loads, lines)


def mempalace(data: Path) -> list[Source]:
    found = rows(data / "mempalace_extraction" / "items.jsonl")
    return [Source((Message(role="user", content=row["text"]),), tuple(m["content"] for m in row["memories"])) for row in found]


def locomo(data: Path) -> list[Source]:
    """One source a fact with its turns, said by named people."""
    turns = {row["turn_id"]: row for row in rows(data / "locomo" / "conversations.jsonl")}
    sources = []
    for row in rows(data / "locomo" / "facts.jsonl"):
        said = [turns[turn] for turn in row["source_turns"] if turn in turns]
        messages = tuple(Message(role="user", name=turn["speaker"], content=turn["text"]) for turn in said if turn["text"])
        if messages:
            sources.append(Source(messages, (row["fact"],)))
    return sources


def beam(data: Path) -> list[Source]:
    found = (row for row in rows(data / "types" / "items.jsonl") if row["source"] == "beam" and row.get("user_message"))
    return [Source((Message(role="user", content=row["user_message"]),), (row["text"],)) for row in found]


def raw(source: Source) -> list[str]:
    """What a store without an extractor keeps: every sentence."""
    return [s.text for m in source.messages for p in prose(m.content).paragraphs for s in sentences(p)]


async def found_share(kept: Sequence[Sequence[str]], sources: Sequence[Source], embedder: Embedder) -> tuple[float, float]:
    """The share of gold facts near to a kept text of their source, and the mean of the best cosines."""
    texts = sorted({text for some in kept for text in some} | {gold for source in sources for gold in source.gold})
    place = {text: n for n, text in enumerate(texts)}
    vectors = np.concatenate([await embedder.embed(texts[n : n + 256]) for n in range(0, len(texts), 256)])
    best = [
        max((float(vectors[place[text]] @ vectors[place[gold]]) for text in some), default=0.0)
        for some, source in zip(kept, sources, strict=True)
        for gold in source.gold
    ]
    return sum(value >= NEAR for value in best) / len(best), float(np.mean(best))


async def report(name: str, sources: Sequence[Source], embedder: Embedder) -> None:
    started = time.perf_counter()
    kept = [[s.text for s in extract(source.messages, said_at=_SAID_AT).statements] for source in sources]
    spent = time.perf_counter() - started
    whole = [raw(source) for source in sources]
    count, all_count = sum(map(len, kept)), sum(map(len, whole))
    share, mean = await found_share(kept, sources, embedder)
    raw_share, raw_mean = await found_share(whole, sources, embedder)
    print(
        f"{name:10} {len(sources):5} sources  facts found {share:.3f} (best cosine {mean:.3f})   every sentence kept: {raw_share:.3f} "
        f"({raw_mean:.3f})   kept {count} statements of {all_count} sentences, {1000 * spent / all_count:.3f} ms a sentence"
    )


async def measure(data: Path, model_dir: Path) -> None:
    embedder = await open_embedder(Settings(data_dir=model_dir, _env_file=None))
    try:
        for name, sources in (("mempalace", mempalace(data)), ("locomo", locomo(data)), ("beam", beam(data))):
            await report(name, sources, embedder)
    finally:
        await embedder.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the evaluation data")
    parser.add_argument("--model-dir", type=Path, default=Path("data"), help="where the built-in model is kept")
    given = parser.parse_args()
    asyncio.run(measure(given.data, given.model_dir))


if __name__ == "__main__":
    main()
