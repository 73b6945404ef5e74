"""What does a large user lose when only the most promising candidates are read? All conversations of the sets as one user's.

python -m bench.quality.large DATA [--questions 1500]
"""

import argparse
import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import numpy as np

from bench.quality.evaluation import OWNER, as_memories, load_script
from core.models.embedding import Embedder, open_embedder
from core.settings import Settings
from core.store.connection import Store
from core.store.reader import Reader
from core.store.upkeep import Upkeep
from core.store.writer import ShardWriter
from query.question import Question, read_question
from query.recall import shortlist_of
from query.scoring import cut, rank
from schemas.memory import Memory
from schemas.scope import Scope
from schemas.search import Condition, Selection

SETS = ("locomo", "beam_100k", "realmem", "longmemeval_sample")
_BATCH = 512
_LIMITS = (10, 50, 100)
_HEAD = "| limit | n | read | of all | recall | of all | hits alike |"
Asked = tuple[str, Question, frozenset[str]]
"""A question, as it is and as it is read, and the ids of the memories that answer it."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with eval_retrieval.py and its sets")
    parser.add_argument("--questions", type=int, default=1_500)
    given = parser.parse_args()
    asyncio.run(_compared(load_script(given.data), given.questions))


async def _compared(script: ModuleType, count: int) -> None:
    memories, asked = _everything(script)
    chosen = np.random.default_rng(0).permutation(len(asked))[:count]
    embedder = await open_embedder(Settings())
    with tempfile.TemporaryDirectory(prefix="mneme-bench-") as folder:
        reader = Reader(await _filled(folder, embedder, memories))
        print(f"{len(memories):,} memories of one user\n\n{_HEAD}\n" + "|---" * _HEAD.count("| ") + "|")
        for limit in _LIMITS:
            print(await _at(reader, embedder, [asked[place] for place in chosen], limit), flush=True)


def _everything(script: ModuleType) -> tuple[list[Memory], list[Asked]]:
    """Every document as a memory of one user, and the questions that have an answer among them and want no more than relevance."""
    memories: dict[str, Memory] = {}
    asked: list[Asked] = []
    for name in SETS:
        documents, questions = script.load(name)
        ids: dict[tuple[str, str], str] = {}
        for conversation, its in documents.items():
            for place, document in enumerate(its):
                [memory] = as_memories(document, place, extracted=False)
                memories[memory.id] = replace(memory, scope=Scope(owner=OWNER, user="everybody"))
                ids[conversation, document["id"]] = memory.id
        for question in questions:
            gold = frozenset(ids[key] for g in question["gold"] if (key := (question["conversation_id"], g)) in ids)
            read = read_question(question["question"])
            if gold and not read.about_person and not read.wants_help:
                asked.append((question["question"], read, gold))
    return list(memories.values()), asked


async def _filled(folder: str, embedder: Embedder, memories: Sequence[Memory]) -> Store:
    store = await Store.open(folder, shards=1, embedding_model=embedder.name, dimension=embedder.dimension)
    for at in range(0, len(memories), _BATCH):
        part = memories[at : at + _BATCH]
        vectors = await embedder.embed([memory.content for memory in part])
        await ShardWriter(store, 0).commit(list(zip(part, vectors, strict=True)), [])
    await Upkeep(store).run(0)
    return store


async def _at(reader: Reader, embedder: Embedder, asked: Sequence[Asked], limit: int) -> str:
    """A line of the table."""
    selection = Selection(owner=OWNER, where=Condition(field="user", value="everybody"))
    now, sums = datetime.now(UTC), np.zeros(5)
    for text, question, gold in asked:
        vector = await embedder.embed_query(text)
        ways = (shortlist_of(question, limit), None)
        found = [await reader.search(selection, vector, question.words, max(50, 2 * limit), how) for how in ways]
        hits = [cut(rank(question, part, now), threshold=0, by_similarity=False, limit=limit) for part in found]
        few, all_ = ({hit.memory.id for hit in part} for part in hits)
        alike = len(few & all_) / max(1, len(all_))
        sums += [len(found[0]), len(found[1]), len(few & gold) / len(gold), len(all_ & gold) / len(gold), alike]
    read, of_all, recall, recall_of_all, alike = sums / len(asked)
    return f"| {limit} | {len(asked)} | {read:.0f} | {of_all:.0f} | {recall:.4f} | {recall_of_all:.4f} | {alike:.3f} |"


if __name__ == "__main__":
    main()
