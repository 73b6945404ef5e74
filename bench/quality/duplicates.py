"""Is the same fact kept once, and a new one not lost? `python -m bench.quality.duplicates DATA`.

Near duplicates: pairs of sentences (MRPC, STS) judged as a draft against one stored memory. A pair counts as told the same
for NONE, MERGE and UPDATE. Beside it stands a plain cosine threshold of the same precision. Updates: pairs of whole user
messages (BEAM) of which the later one changes something the earlier one says; each is extracted, and a pair counts as found
when some statement of one corrects or rewords one of the other.
"""

import argparse
import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.models.embedding import Embedder, open_embedder
from core.settings import Settings
from schemas.memory import Memory, MemoryType
from schemas.message import Message
from schemas.receipt import Action
from schemas.scope import Scope
from schemas.search import Candidate
from workers.rules.reconcile import Decision, judge
from workers.rules.statements import extract

_AT = datetime(2024, 6, 1, tzinfo=UTC)
_SAME = (Action.NONE, Action.MERGE, Action.UPDATE)


def rows(path: Path) -> list[dict[str, Any]]:
    with path.open() as lines:
        return [json.loads(line) for line in lines]


def stored(text: str, similarity: float) -> Candidate:
    memory = Memory(id="1", scope=Scope(owner="bench"), content=text, said_at=_AT, created_at=_AT, updated_at=_AT, accepted_at=_AT)
    return Candidate(memory, similarity)


def decided(new: str, old: str, similarity: float) -> Decision:
    return judge(new, MemoryType.FACT, _AT, [stored(old, similarity)])


async def embedded(texts: Sequence[str], embedder: Embedder) -> NDArray[np.float32]:
    return np.concatenate([await embedder.embed(texts[n : n + 256]) for n in range(0, len(texts), 256)])


def _rates(told: Sequence[tuple[str, bool]]) -> tuple[float, float, int]:
    """Precision and recall of "the same", over pairs that are clearly one or the other, and how many were told so."""
    hits = sum(same and label == "duplicate" for label, same in told)
    false = sum(same and label == "different" for label, same in told)
    return hits / max(1, hits + false), hits / sum(label == "duplicate" for label, _ in told), hits + false


def _cosine_of_same_precision(pairs: Sequence[tuple[str, float]], precision: float) -> tuple[float, float]:
    """The lowest threshold whose precision is no lower, and its recall."""
    for threshold in np.arange(0.5, 1.0, 0.005):
        reached, recall, _ = _rates([(label, similarity >= threshold) for label, similarity in pairs])
        if reached >= precision:
            return float(threshold), recall
    return 1.0, 0.0


async def near_duplicates(data: Path, embedder: Embedder) -> None:
    pairs = rows(data / "pairs" / "near_duplicate.jsonl")
    vectors = await embedded([text for pair in pairs for text in (pair["a"], pair["b"])], embedder)
    similarities = (vectors[0::2] * vectors[1::2]).sum(axis=1)
    started = time.perf_counter()
    actions = [decided(pair["b"], pair["a"], float(similarity)).action for pair, similarity in zip(pairs, similarities, strict=True)]
    spent = time.perf_counter() - started
    print(f"near duplicates: {1000 * spent / len(pairs):.3f} ms a pair; corrections told (none is one): {actions.count(Action.SUPERSEDE)}")
    for name, wanted in (
        ("mrpc train", ("mrpc", "train")),
        ("mrpc test", ("mrpc", "test")),
        ("sts test", ("sts", "test")),
        ("all test", ("", "test")),
    ):
        chosen = [n for n, pair in enumerate(pairs) if pair["source"].startswith(wanted[0]) and pair["split"] == wanted[1]]
        precision, recall, count = _rates([(pairs[n]["label"], actions[n] in _SAME) for n in chosen])
        threshold, plain = _cosine_of_same_precision([(pairs[n]["label"], float(similarities[n])) for n in chosen], precision)
        print(
            f"  {name:10} precision {precision:.3f}  recall {recall:.3f}  ({count} told the same of {len(chosen)});"
            f"  cosine >= {threshold:.3f} alone: recall {plain:.3f}"
        )


def _statements(text: str) -> list[str]:
    return [one.text for one in extract((Message(role="user", content=text),), said_at=_AT).statements]


async def updates(data: Path, embedder: Embedder) -> None:
    found: Counter[tuple[str, str]] = Counter()
    for pair in rows(data / "pairs" / "update_contradiction.jsonl"):
        first, second = _statements(pair["a"]), _statements(pair["b"])
        actions = set()
        if first and second:
            vectors = await embedded([*first, *second], embedder)
            near = vectors[: len(first)] @ vectors[len(first) :].T
            actions = {decided(new, old, float(near[i, j])).action for i, old in enumerate(first) for j, new in enumerate(second)}
        verdict = "corrected" if Action.SUPERSEDE in actions else "reworded" if actions & set(_SAME) else "both kept"
        found[pair["label"], verdict] += 1
    print("updates and contradictions between whole messages:")
    for (label, verdict), count in sorted(found.items()):
        print(f"  {label:14} {verdict:10} {count}")


async def measure(data: Path, model_dir: Path) -> None:
    embedder = await open_embedder(Settings(data_dir=model_dir, _env_file=None))
    try:
        await near_duplicates(data, embedder)
        await updates(data, embedder)
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
