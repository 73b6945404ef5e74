"""Overlay: a shard's memories as they will be once the batch at hand is committed."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from schemas.memory import Memory, MemoryState, content_hash
from schemas.search import Candidate
from workers.draft import Vectors
from workers.plan import Vector


@dataclass(slots=True)
class _Pending:
    """One subject's rows that got new words in this batch, each with its vector."""

    ids: list[str] = field(default_factory=list)
    matrix: Vectors = field(default_factory=lambda: np.empty((0, 0), np.float32))
    """(capacity, dim): the first len(ids) rows count."""
    by_words: dict[str, list[str]] = field(default_factory=dict)
    """content hash -> ids."""

    def put(self, memory: Memory, vector: Vector) -> None:
        if len(self.ids) == len(self.matrix):
            grown = np.empty((max(8, 2 * len(self.ids)), len(vector)), np.float32)
            grown[: len(self.ids)] = self.matrix[: len(self.ids)] if self.ids else 0
            self.matrix = grown
        self.matrix[len(self.ids)] = vector
        self.ids.append(memory.id)
        self.by_words.setdefault(memory.content_hash, []).append(memory.id)


@dataclass(slots=True)
class Overlay:
    """What earlier events of the batch decided, laid over what the store holds; read by the decisions that follow."""

    rows: dict[str, Memory | None] = field(default_factory=dict)
    """id -> the row as it will be; None once forgotten."""
    _subjects: dict[str, _Pending] = field(default_factory=dict)
    _reworded: set[str] = field(default_factory=set)

    def put(self, memory: Memory, vector: Vector | None) -> None:
        """The row as it will be; `vector` where its words are new."""
        self.rows[memory.id] = memory
        if vector is not None:
            self._reworded.add(memory.id)
            self._subjects.setdefault(memory.scope.subject, _Pending()).put(memory, vector)

    def drop(self, memory_id: str) -> None:
        self.rows[memory_id] = None

    def current(self, memory: Memory) -> Memory | None:
        """A stored memory as it will be; None once forgotten."""
        return self.rows.get(memory.id, memory)

    def neighbours(self, subject: str, vector: Vector, stored: Iterable[Candidate], limit: int, least: float) -> list[Candidate]:
        """The nearest active memories of at least that cosine, nearest first: stored ones as they will be, and the batch's own."""
        found: dict[str, Candidate] = {}
        for candidate in stored:
            now = self.current(candidate.memory)
            if now is not None and now.id not in self._reworded:
                found[now.id] = candidate if now is candidate.memory else Candidate(now, candidate.similarity)
        for memory, similarity in self._pending(subject, vector, limit, least):
            found[memory.id] = Candidate(memory, similarity)
        active = [candidate for candidate in found.values() if candidate.memory.state is MemoryState.ACTIVE]
        return sorted(active, key=lambda candidate: -candidate.similarity)[:limit]

    def _pending(self, subject: str, vector: Vector, limit: int, least: float) -> list[tuple[Memory, float]]:
        pending = self._subjects.get(subject)
        if pending is None:
            return []
        similarities = pending.matrix[: len(pending.ids)] @ vector
        best = np.argsort(-similarities, kind="stable")[: 2 * limit]
        # a row reworded twice stands there twice: in the order of the places its last words win
        near = sorted(place for place in best.tolist() if similarities[place] >= least)
        return [(memory, float(similarities[place])) for place in near if (memory := self.rows[pending.ids[place]]) is not None]

    def same_words(self, subject: str, text: str, stored: Sequence[Memory]) -> list[Memory]:
        """Active memories of exactly these words, by `content_hash`."""
        wanted = content_hash(text)
        pending = self._subjects.get(subject)
        here = [self.rows[memory_id] for memory_id in (pending.by_words.get(wanted, ()) if pending else ())]
        there = [self.current(memory) for memory in stored if memory.id not in self._reworded]
        known = [memory for memory in (*here, *there) if memory is not None]
        return [memory for memory in known if memory.state is MemoryState.ACTIVE and memory.content_hash == wanted]
