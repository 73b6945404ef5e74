"""Shortlist: of a large user's candidates only those are read that may be among the best.

What the indexes find they tell without reading a row; reading rows is half of what a search costs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from lancedb import AsyncTable
from lancedb.query import AsyncFTSQuery, MatchQuery
from numpy.typing import NDArray

from core.store.engine import rows_of, together
from core.store.nearest import Sought, known, likely
from core.store.numbered import numbered, vectors_of
from core.store.promising import WORDED, Measured, Numbers, Places, Shortlist, leading
from core.store.scale import Scale
from schemas.search import Candidate, Selection

_TIMES = (2.0, 1.0)
"""An index by itself gives twice the distance, 1 - cosine; where it knows only some of the rows all are compared once more, and it
is the distance. Which of the two it was it doesn't tell, so what is promising by either is read."""
_FARTHER = 0.8
"""What is found by its words alone is less similar than the farthest of the near ones; most often about so much less."""


@dataclass(slots=True)
class _Found:
    """What the indexes know: (n,) each."""

    rows: NDArray[np.uint64]
    distances: Numbers
    """Of those found by their words alone that of the farthest of the near ones: they are farther."""
    lexical: Numbers
    unmeasured: NDArray[np.bool_]
    """Found by their words alone."""

    @classmethod
    def of(cls, near: pa.Table, worded: pa.Table) -> "_Found":
        rows, places = np.unique(np.concatenate([near["_rowid"].to_numpy(), worded["_rowid"].to_numpy()]), return_inverse=True)
        measured = near["_distance"].to_numpy()
        distances, lexical, unmeasured = np.full(len(rows), measured.max()), np.zeros(len(rows)), np.ones(len(rows), np.bool_)
        distances[places[: len(measured)]] = measured
        unmeasured[places[: len(measured)]] = False
        lexical[places[len(measured) :]] = worded["_score"].to_numpy()
        return cls(rows, distances, lexical, unmeasured)

    def best(self, shortlist: Shortlist) -> Places:
        """The places of the most promising, in the order of their rows."""
        promising = [leading(self._promise(shortlist, times), shortlist.size) for times in _TIMES]
        return np.unique(np.concatenate([*promising, leading(self.lexical, WORDED)]))

    def _promise(self, shortlist: Shortlist, times: float) -> Numbers:
        similarities = 1.0 - self.distances / times
        return shortlist.promise(np.where(self.unmeasured, _FARTHER * similarities, similarities), self.lexical, None)


async def read_shortlist(
    table: AsyncTable, scale: Scale, where: str, selection: Selection, sought: Sought, words: str, limit: int, shortlist: Shortlist
) -> list[Candidate] | None:
    """The most promising of the `limit` nearest by the index and the `limit` best by words, in no order.

    None where the index knows of too few, where an older version wrote some of the rows, or where rows were rewritten between the two
    readings: the handle is everybody's, and somebody may have asked it for a later version in between. Whose each of the memories is,
    is looked at once more.
    """
    near, worded = await together(_near(table, where, sought, limit), _worded(table, where, words, limit))
    vector = await known(sought)
    if vector is None or near is None or near.num_rows < limit:
        return None
    found = _Found.of(near, worded)
    best = found.best(shortlist)

    rows = await numbered(table, scale, found.rows[best].tolist(), len(vector))
    if rows is None:
        return None
    similarities = np.clip(vectors_of(rows, len(vector)) @ vector, -1.0, 1.0).astype(np.float64)
    measured = Measured(rows, similarities, found.lexical[best])
    candidates = measured.candidates(measured.best(shortlist, np.arange(len(best))))
    return candidates if _may_see(selection, candidates) and _are_distinct(candidates) else None


async def _near(table: AsyncTable, where: str, sought: Sought, limit: int) -> pa.Table | None:
    vector = await known(sought)
    return None if vector is None or not np.any(vector) else await likely(table, vector, where, limit)


async def _worded(table: AsyncTable, where: str, words: str, limit: int) -> pa.Table:
    return await rows_of(matching(table, words, where).with_row_id().select(["_score"]).limit(limit), limit)


def matching(table: AsyncTable, words: str, where: str) -> AsyncFTSQuery:
    """The rows that match some of the words, the best first."""
    match = MatchQuery(words, "content")  # type: ignore[call-arg]  # mypy does not see its fields' defaults
    return table.query().nearest_to_text(match).where(where)


def _are_distinct(candidates: Sequence[Candidate]) -> bool:
    """A memory that was changed between the two indexes' answers would be there as it was and as it is."""
    return len({candidate.memory.id for candidate in candidates}) == len(candidates)


def _may_see(selection: Selection, candidates: Iterable[Candidate]) -> bool:
    subjects, scopes = selection.subjects(), [candidate.memory.scope for candidate in candidates]
    return all(scope.owner == selection.owner and (subjects is None or scope.subject in subjects) for scope in scopes)
