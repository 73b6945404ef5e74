"""Our ranking in the evaluation script's protocol: over candidates in memory, or through the whole of recall and a real store."""

import asyncio
import shutil
import tempfile
from collections.abc import Awaitable, Iterable, Sequence
from datetime import datetime
from types import ModuleType, SimpleNamespace
from typing import Any, TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from bench.quality.evaluation import OWNER, Document, as_memories
from core.models.embedding import Embedder
from core.resources import Resources
from core.settings import Settings
from core.store.connection import Store
from core.store.reader import Reader
from core.store.upkeep import Upkeep
from core.store.writer import ShardWriter
from query.question import Question, read_question
from query.recall import recall
from query.scoring import rank
from schemas.memory import Memory
from schemas.search import And, Candidate, Condition, Hit, Query, Selection

DEPTH = 100
"""Candidates from each side, as recall asks for when 50 hits are wanted."""
T = TypeVar("T")


class Runner:
    """One event loop for a synchronous script, and the embedder in it."""

    def __init__(self, embedder: Embedder, runner: asyncio.Runner) -> None:
        self.embedder = embedder
        self._runner = runner
        self._known: dict[str, NDArray[np.float32]] = {}

    def run(self, work: Awaitable[T]) -> T:
        async def awaited() -> T:
            return await work

        return self._runner.run(awaited())

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, dim); what was embedded once in this run is not embedded again."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known |= dict(zip(new, self.run(self.embedder.embed(new)), strict=True))
        return np.array([self._known[text] for text in texts])


class Pool:
    """One conversation's memories, their vectors, and which document each came from."""

    def __init__(self, documents: Sequence[Document], runner: Runner, *, extracted: bool) -> None:
        self.memories: list[Memory] = []
        self._documents: dict[str, str] = {}
        for place, document in enumerate(documents):
            stored = as_memories(document, place, extracted=extracted)
            self.memories += stored
            self._documents |= {memory.id: document["id"] for memory in stored}
        self.vectors = runner.embed([memory.content for memory in self.memories])

    def documents(self, hits: Sequence[Hit]) -> dict[str, float]:
        """The documents of the hits, best first, each with its best score."""
        found: dict[str, float] = {}
        for hit in hits:
            found.setdefault(self._documents[hit.memory.id], hit.score)
        return found

    def eligible(self, question: dict[str, Any]) -> NDArray[np.bool_]:
        """Which memories were there when the question was asked."""
        last = question.get("as_of_session_index")
        return np.array([last is None or memory.metadata["session"] < last for memory in self.memories], dtype=bool)


class Words:
    """BM25 of the script over a pool, asked as the store is."""

    def __init__(self, script: ModuleType, pool: Pool) -> None:
        self._bm25 = script.BM25([{"text": memory.content} for memory in pool.memories])
        self._count = len(pool.memories)

    def scores(self, question: Question) -> NDArray[np.float64]:
        return np.zeros(self._count) if question.about_person else np.asarray(self._bm25.scores(question.words), dtype=float)


def in_memory(script: ModuleType, runner: Runner, *, extracted: bool) -> type:
    """Ranks by query.scoring over numpy cosines and bm25s scores: fast, and what the tables of docs/search.md show."""

    class Mneme:
        def __init__(self, docs: list[Document]) -> None:
            self._pool = Pool(docs, runner, extracted=extracted)
            self._words = Words(script, self._pool)

        def rank(self, query: str, k: int, question: dict[str, Any]) -> list[str]:
            asked, memories = read_question(query), self._pool.memories
            cosines, lexical = self._pool.vectors @ runner.embed([query])[0], self._words.scores(asked)
            places = _best(cosines, lexical, self._pool.eligible(question))
            candidates = [Candidate(memories[p], float(cosines[p]), float(lexical[p])) for p in places]
            now = max((memories[p].said_at for p in places), default=None)
            return list(self._pool.documents(rank(asked, candidates, now))) if now else []

    return Mneme


def _best(cosines: NDArray[np.float32], lexical: NDArray[np.float64], eligible: NDArray[np.bool_]) -> list[int]:
    near = np.argsort(-np.where(eligible, cosines, -2.0), kind="stable")[:DEPTH]
    worded = np.argsort(-np.where(eligible, lexical, -1.0), kind="stable")[:DEPTH]
    return [int(p) for p in dict.fromkeys((*near, *worded)) if eligible[p] and (p in near or lexical[p] > 0)]


def through_store(script: ModuleType, runner: Runner, *, extracted: bool) -> type:
    """The whole of recall over a LanceDB in a temporary folder, its indexes built: slow, to check the other by."""

    class MnemeStore:
        def __init__(self, docs: list[Document]) -> None:
            self._pool = Pool(docs, runner, extracted=extracted)
            self._folder = tempfile.mkdtemp(prefix="mneme-bench-")
            reader = Reader(runner.run(_filled(self._folder, runner.embedder, self._pool)))
            settings = Settings(_env_file=None)
            doors = SimpleNamespace(settings=settings, clock=None, embedder=runner.embedder, reader=reader, accesses=_Uncounted())
            self._resources = cast(Resources, doors)

        def rank(self, query: str, k: int, question: dict[str, Any]) -> list[str]:
            eligible = self._pool.eligible(question)
            times = [memory.said_at for memory, ok in zip(self._pool.memories, eligible, strict=True) if ok]
            hits = runner.run(recall(_asked(query, question, max(times)), self._resources)) if times else []
            return list(self._pool.documents(hits))

        def __del__(self) -> None:
            shutil.rmtree(self._folder, ignore_errors=True)

    return MnemeStore


class _Uncounted:
    """Reads are not counted here."""

    def note(self, memories: Iterable[Memory]) -> None: ...


def _asked(text: str, question: dict[str, Any], now: datetime) -> Query:
    parts = [Condition(field="user", value=question["conversation_id"])]
    if question.get("as_of_session_index") is not None:
        parts.append(Condition(field="said_at", op="lte", value=now.isoformat()))
    return Query(text=text, selection=Selection(owner=OWNER, where=And(parts=tuple(parts))), limit=50, reference_at=now)


async def _filled(folder: str, embedder: Embedder, pool: Pool) -> Store:
    store = await Store.open(folder, shards=1, embedding_model=embedder.name, dimension=embedder.dimension)
    await ShardWriter(store, 0).commit(list(zip(pool.memories, pool.vectors, strict=True)), [])
    await Upkeep(store).run(0)
    return store
