"""Are types told right? `python -m bench.quality.memory_types DATA` where DATA/types/items.jsonl and DATA/mempalace_extraction/ lie."""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from workers.rules.memory_types import classify

TYPES = ("preference", "fact", "experience", "goal", "relationship")
_SENTENCE = re.compile(r"[^.!?]+")
_OF_MEMPALACE = {"fact": "fact", "preference": "preference", "opinion": "preference", "commitment": "goal"}
"""How MemPalace's kinds read in the five types; a decision may be a fact or a goal and is left out."""


def passage(item: dict[str, Any]) -> str:
    """The sentence the label is about: the one that holds the words of the labelled triple; the whole text where none does."""
    tail = set(str(item.get("tail", "")).lower().split())
    if not tail:
        return str(item["text"])
    pieces = [piece.strip(" ,") for piece in _SENTENCE.findall(item["text"]) if piece.strip(" ,")]
    return max(pieces, key=lambda piece: len(tail & set(piece.lower().split())), default=item["text"])


def scores(pairs: Sequence[tuple[str, str]]) -> dict[str, tuple[float, float, float, int]]:
    """label -> precision, recall, F1, support, of (gold, told) pairs."""
    table = {}
    for label in sorted({gold for gold, _ in pairs}, key=TYPES.index):
        hits = sum(gold == told == label for gold, told in pairs)
        told_so = sum(told == label for _, told in pairs)
        support = sum(gold == label for gold, _ in pairs)
        precision, recall = hits / max(1, told_so), hits / support
        table[label] = (precision, recall, 2 * precision * recall / max(1e-9, precision + recall), support)
    return table


def show(name: str, pairs: Sequence[tuple[str, str]]) -> None:
    """One table a source: per type and macro-F1 over the types its gold has."""
    table = scores(pairs)
    accuracy = sum(gold == told for gold, told in pairs) / len(pairs)
    macro = sum(row[2] for row in table.values()) / len(table)
    print(f"\n{name}: {len(pairs)} items, accuracy {accuracy:.3f}, macro-F1 {macro:.3f}")
    for label, (precision, recall, f1, support) in table.items():
        print(f"  {label:13} precision {precision:.3f}  recall {recall:.3f}  F1 {f1:.3f}  ({support})")


def _labelled(data: Path) -> Iterable[tuple[str, str, str]]:
    with (data / "types" / "items.jsonl").open() as lines:
        for line in lines:
            item = json.loads(line)
            if item["type"] in TYPES:
                yield item["source"], item["type"], passage(item)
    with (data / "mempalace_extraction" / "items.jsonl").open() as lines:
        for line in lines:
            for memory in json.loads(line)["memories"]:
                if memory["type"] in _OF_MEMPALACE:
                    yield "mempalace", _OF_MEMPALACE[memory["type"]], memory["content"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the evaluation data")
    parser.add_argument("--confusions", type=int, default=0, help="print this many of the most frequent confusions a source")
    given = parser.parse_args()
    found: dict[str, list[tuple[str, str]]] = {}
    for source, gold, text in _labelled(given.data):
        found.setdefault(source, []).append((gold, classify(text)[0].value))
    for source, pairs in found.items():
        show(source, pairs)
        for (gold, told), count in Counter(pair for pair in pairs if pair[0] != pair[1]).most_common(given.confusions):
            print(f"  {gold} told {told}: {count}")
    everything = [pair for pairs in found.values() for pair in pairs]
    show("all", everything)


if __name__ == "__main__":
    main()
