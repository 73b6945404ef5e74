"""Scoring: candidates become hits, best first. All weights and thresholds of ranking stand here; docs/search.md measures them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from query.question import Question, stems
from schemas.memory import Memory, MemoryType
from schemas.search import Candidate, Hit, blended

Numbers = NDArray[np.float64]

SIMILARITY_POWER: Final = 1.3
"""Lowers the cosine of texts that have nothing in common, 0.1 on average, below every client's threshold."""
LEXICAL_WEIGHT: Final = 0.6
"""How far a perfect match of words closes the gap to 1 that the similarity leaves."""
PREFERENCE_POWER: Final = 1.5
"""To how much of the gap to 1 a preference narrows it when help is asked for: (1 - relevance) to this power remains."""
RECENCY_WEIGHT: Final = 0.05
IMPORTANCE_WEIGHT: Final = 0.05
"""Shares of the score that are not relevance; they settle ties, more costs recall."""
RELEVANCE_WEIGHT: Final = 1 - RECENCY_WEIGHT - IMPORTANCE_WEIGHT
HALF_LIFE_DAYS: Final = 90.0

PERSON_FLOOR: Final = 0.3
"""Asked about the person as a whole, every memory is an answer: none scores lower."""
PERSON_WEIGHTS: Final = {"importance": 0.5, "recency": 0.3, "similarity": 0.2}

NEWEST_AMONG: Final = 20
"""How many of the best hits are put newest first where they say nearly the same."""
SAME: Final = 0.4
"""Share of common words (Jaccard) from which two memories say nearly the same, whatever is asked,"""
SAME_RIVAL: Final = 0.9
"""if the newer one scores at least this share of the older one's score."""
SAME_STATE: Final = 0.3
SAME_VALUE: Final = 0.1
"""The same, when the question is how things stand now, for any memory and for one that names a number."""
STATE_RIVAL: Final = 0.7

_COVERED_BY = 3
"""The best matches of words that are looked at for how much of the question they cover."""
_DAY_S = 86_400.0
_ASSISTANT = "assistant"


def rank(question: Question, candidates: Sequence[Candidate], now: datetime) -> list[Hit]:
    """The candidates as hits, best first, every part and the score within 0..1.

    score = relevance * (0.9 + 0.05 recency + 0.05 importance), where
    relevance = 1 - (1 - similarity ** 1.3) * (1 - 0.6 lexical).
    Hits that say nearly the same thing exchange their scores, so that the newest of them has the highest.
    """
    full = full_marks(question, candidates)
    hits = [_hit(question, candidate, full, now) for candidate in candidates]
    hits.sort(key=lambda hit: (hit.score, hit.memory.said_at, hit.memory.id), reverse=True)
    return hits if question.about_person else _newest_first(question, hits)


def cut(hits: Sequence[Hit], *, threshold: float, by_similarity: bool, limit: int) -> list[Hit]:
    """The first `limit` hits whose score, or similarity, reaches the threshold."""
    passing = (hit for hit in hits if (hit.similarity if by_similarity else hit.score) >= threshold)
    return [hit for hit, _ in zip(passing, range(limit), strict=False)]


def by_familiarity(hits: Sequence[Hit], share: float) -> list[Hit]:
    """The hits in order of similarity and familiarity, the latter having this share; of equals the more similar, then the newer first."""
    return sorted(hits, key=lambda hit: (blended(hit, share), hit.similarity, *_said(hit.memory)), reverse=True)


def _hit(question: Question, candidate: Candidate, full_marks: float, now: datetime) -> Hit:
    memory = candidate.memory
    similarity = _clamped(candidate.similarity)
    lexical = _clamped(candidate.lexical / full_marks) if full_marks else 0.0
    recency = _recency(memory.said_at, now)
    importance = _clamped(memory.importance)
    if question.about_person:
        parts = {"importance": importance, "recency": recency, "similarity": similarity}
        prominence = sum(weight * parts[name] for name, weight in PERSON_WEIGHTS.items())
        score = PERSON_FLOOR + (1 - PERSON_FLOOR) * prominence
    else:
        preferred = question.wants_help and memory.type is MemoryType.PREFERENCE and memory.speaker != _ASSISTANT
        relevance = _relevance(similarity, lexical, preferred=preferred)
        score = relevance * (1 - RECENCY_WEIGHT * (1 - recency) - IMPORTANCE_WEIGHT * (1 - importance))
    return Hit(memory=memory, score=_clamped(score), similarity=similarity, lexical=lexical, recency=recency, importance=importance)


def _relevance(similarity: float, lexical: float, *, preferred: bool) -> float:
    gap: float = (1 - similarity**SIMILARITY_POWER) * (1 - LEXICAL_WEIGHT * lexical)
    return 1.0 - (math.pow(gap, PREFERENCE_POWER) if preferred else gap)


def promise(similarity: Numbers, lexical: Numbers, full_marks: float | None = None) -> Numbers:
    """The relevance of (n,) candidates by cosine and raw BM25 score, to choose by before they are read.

    Without `full_marks` about: the best match counts half then, for how much of the question it covers is not known, and most often
    it is not all.
    """
    best, weight = (full_marks, LEXICAL_WEIGHT) if full_marks is not None else (lexical.max(initial=0.0), LEXICAL_WEIGHT / 2)
    matched = np.clip(lexical / (best or 1.0), 0.0, 1.0)
    return 1.0 - (1.0 - np.clip(similarity, 0.0, 1.0) ** SIMILARITY_POWER) * (1.0 - weight * matched)


def full_marks(question: Question, candidates: Sequence[Candidate]) -> float:
    """The raw BM25 score that counts as 1; 0 where no words matched.

    BM25 has no upper bound of its own, so the best match sets it, and gets the more the more of the question it covers:
    a lone common word is the best match in many a store that has no answer.
    """
    best = sorted((c for c in candidates if c.lexical > 0), key=lambda c: c.lexical, reverse=True)[:_COVERED_BY]
    if not best or not question.stems:
        return best[0].lexical if best else 0.0
    covered = max(len(question.stems & stems(candidate.memory.content)) for candidate in best)
    return best[0].lexical / math.sqrt(max(covered, 1) / len(question.stems))


def _recency(said_at: datetime, now: datetime) -> float:
    age_days = max(0.0, (now - said_at).total_seconds() / _DAY_S)
    return math.pow(0.5, age_days / HALF_LIFE_DAYS)


def _newest_first(question: Question, hits: list[Hit]) -> list[Hit]:
    """`hits` with each newer memory put right above the first older one it nearly repeats; the scores keep their places."""
    words = cache(stems)
    order: list[Hit] = []
    for hit in hits[:NEWEST_AMONG]:
        outdated = (place for place, other in enumerate(order) if _outdates(question, hit, other, words))
        order.insert(next(outdated, len(order)), hit)
    moved = [hit if hit is place else replace(hit, score=place.score) for hit, place in zip(order, hits, strict=False)]
    return moved + hits[NEWEST_AMONG:]


def _outdates(question: Question, newer: Hit, older: Hit, words: Callable[[str], frozenset[str]]) -> bool:
    """Whether `newer` says anew what `older` said. What an assistant said never outdates what its user said; nor does "Note 8" outdate
    "Note 7" where note 7 was asked for."""
    rival = STATE_RIVAL if question.wants_present else SAME_RIVAL
    if newer.score < rival * older.score or newer.memory.speaker == _ASSISTANT or _said(newer.memory) <= _said(older.memory):
        return False
    a, b = words(newer.memory.content), words(older.memory.content)
    common = len(a & b)
    alike = common / (len(a) + len(b) - common or 1)
    if alike < SAME_VALUE:
        return False
    asked_for = question.stems & (b - a) and not question.stems & (a - b)
    if alike >= SAME and newer.score >= SAME_RIVAL * older.score and not asked_for:
        return True
    enough = SAME_VALUE if any(map(str.isdigit, newer.memory.content)) else SAME_STATE
    return question.wants_present and alike >= enough and newer.score >= STATE_RIVAL * older.score


def _said(memory: Memory) -> tuple[datetime, datetime]:
    return memory.said_at, memory.created_at


def _clamped(value: float) -> float:
    return 0.0 if value < 0.0 else min(value, 1.0)
