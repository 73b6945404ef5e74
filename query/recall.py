"""Recall: what is remembered about a question. Every way of asking passes here."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

import structlog

from core.models.vectors import Vector
from core.resources import Resources
from core.store.engine import both
from core.store.promising import Shortlist
from query.question import Question, read_question
from query.scoring import NEWEST_AMONG, RELEVANCE_WEIGHT, by_familiarity, cut, full_marks, promise, rank
from schemas.errors import Unavailable
from schemas.plan import Metered
from schemas.search import Candidate, Hit, Query

_CANDIDATES_MIN = 50
"""Looked at on each side, meaning and words, however few hits are wanted: 40 found all that 1,000 would have."""
_CANDIDATES_A_HIT = 2

_READ_MIN = 15
_READ_A_HIT = 1.5
"""Of the candidates so many of the most promising are read: of ten hits 99 % are those that all would give."""

_AT_ONCE = 200
"""So many candidates are ranked in 2 ms: a thread would only cost the way there and back."""

_log = structlog.get_logger(__name__)


async def metered_recall(query: Query, resources: Resources) -> list[Hit]:
    """`recall`, counted as one search of the owner's plan; raises LimitReached where none is left."""
    _, hits = await both(resources.limits.spend(query.selection.owner, Metered.SEARCHES), recall(query, resources))
    return hits


async def recall(query: Query, resources: Resources) -> list[Hit]:
    """The memories that answer the query, best first, at most `query.limit`, none below its threshold.

    Raises Unavailable where the embedding model or the store does not answer within `request_timeout_s`.
    """
    started = time.perf_counter()
    question = read_question(query.text)
    words = None if question.about_person else question.words
    candidates = await _candidates(query, words, _shortlist(query, question), resources)
    now = query.reference_at or resources.clock()
    hits = rank(question, candidates, now) if len(candidates) <= _AT_ONCE else await asyncio.to_thread(rank, question, candidates, now)
    if query.familiarity_share is not None:
        hits = by_familiarity(hits, query.familiarity_share)
    found = cut(hits, threshold=query.threshold, by_similarity=query.by_similarity, limit=query.limit)
    duration_ms = round((time.perf_counter() - started) * 1000, 1)
    resources.accesses.note(hit.memory for hit in found)
    _log.info("memories.recalled", count=len(found), candidates=len(candidates), duration_ms=duration_ms)
    return found


def _shortlist(query: Query, question: Question) -> Shortlist | None:
    """None where more than relevance decides."""
    beyond = question.about_person or question.wants_help or query.by_similarity or query.familiarity_share is not None
    return None if beyond else shortlist_of(question, query.limit)


def shortlist_of(question: Question, limit: int) -> Shortlist:
    """Which candidates are read for `limit` hits, where relevance alone decides."""
    size, known = _READ_MIN + round(_READ_A_HIT * limit), max(limit, NEWEST_AMONG)
    return Shortlist(size, known, RELEVANCE_WEIGHT, promise, partial(full_marks, question))


async def _candidates(query: Query, words: str | None, shortlist: Shortlist | None, resources: Resources) -> list[Candidate]:
    if query.limit <= 0:
        return []
    count = max(_CANDIDATES_MIN, _CANDIDATES_A_HIT * query.limit)
    try:
        async with asyncio.timeout(resources.settings.request_timeout_s):
            async with _begun(resources.embedder.embed_query(query.text)) as vector:
                return await resources.reader.search(query.selection, vector, words, count, shortlist)
    except TimeoutError as error:
        raise Unavailable("the search took too long", retry_after_s=1) from error


@asynccontextmanager
async def _begun(work: Coroutine[Any, Any, Vector]) -> AsyncIterator["asyncio.Task[Vector]"]:
    """`work` under way beside what is done inside, and over with it."""
    task = asyncio.create_task(work)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
