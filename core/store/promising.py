"""Promising: of rows whose scores can be foretold only those become memories that may be among the best."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.store.lately import Row
from schemas.search import Candidate

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]

WORDED = 3
"""The best by their words are read in any case: what they cover of the question is what all others' words are measured by."""


@dataclass(frozen=True, slots=True)
class Shortlist:
    """How many are read, and what decides."""

    size: int
    """So many where the promise is a guess,"""
    known: int
    share: float
    """and all that reach this share of what the `known`-th promises where it is not: no less of it is ever kept."""
    promise: Callable[[Numbers, Numbers, float | None], Numbers]
    """(n,) cosines, (n,) raw BM25 scores and, where it is known, the one that counts as 1 -> (n,) how much is to be expected of each."""
    full_marks: Callable[[Sequence[Candidate]], float]
    """The best by their words -> the raw BM25 score that counts as 1."""


def leading(promise: Numbers, count: int) -> Places:
    """The places of the `count` highest, the highest first."""
    return np.argsort(-promise, kind="stable")[:count]


@dataclass(slots=True)
class Measured:
    """Rows with all that a search needs to tell which are the best: (n,) cosines and (n,) BM25 scores."""

    rows: Sequence[Row]
    similarities: Numbers
    lexical: Numbers

    def best(self, shortlist: Shortlist, among: Places) -> Places:
        """Of these places, in their order, those that may be among the `shortlist.known` best."""
        worded = among[leading(self.lexical[among], WORDED)]
        full_marks = shortlist.full_marks(self.candidates(worded[self.lexical[worded] > 0]))
        promise = shortlist.promise(self.similarities[among], self.lexical[among], full_marks)
        bar = shortlist.share * promise[leading(promise, shortlist.known)[-1]]
        return np.union1d(among[promise >= bar], worded)

    def candidates(self, places: Places) -> list[Candidate]:
        scores = zip(places.tolist(), self.similarities[places].tolist(), self.lexical[places].tolist(), strict=True)
        return [Candidate(self.rows[place].memory, similarity, lexical) for place, similarity, lexical in scores]
