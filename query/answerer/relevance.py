"""Relevance: which of the memories found answer a question, and which are only near it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from query.answerer.asked import Ask
from query.answerer.english import is_past, named, words
from query.answerer.person import told
from schemas.search import Hit

NEAR = 0.3
"""Similarity from which a memory is worth mentioning beside an answer that is not known."""
ALIKE = 0.5
"""Similarity from which a memory answers a question about the user without sharing its words;"""
ALIKE_STRANGE = 0.65
"""and any other question."""
COVERED, COVERED_STRANGE = 0.5, 0.6
"""Share of the question's topics a memory has to name, if it is near at all."""
_NEAR_WHOLE, _NEAR_PART = 0.5, 0.8
"""Share of the best one's similarity that another answer has to reach, where all of the question is named and where a part is."""
_READ_CHARS = 4_000
_WHOLE_CHARS = 300
_SENTENCE = re.compile(r"(?<!\b[A-Z])(?<!\bSt)(?<!\bDr)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<=[.!?])\s+(?=[^\W_a-z])|\n+")
_MINE = re.compile(r"\b(?:my|our|the user's)\s+((?:[\w'-]+\s+)*?[\w'-]+)(?=\s*$|\s+(?:is|are|was|were|called|do|does|has|have|again)\b)")

_BYGONE = re.compile(r"\b(?:used to|no longer|formerly|previously|originally|before)\b", re.IGNORECASE)
"""Of how things are no more."""


@dataclass(frozen=True, slots=True)
class Told:
    """A memory as the reply says it."""

    hit: Hit
    text: str
    covered: float
    """How much of what the question is about it names, 0..1."""


def answers(ask: Ask, hits: Sequence[Hit]) -> list[Told]:
    """The memories that answer it, best first."""
    found = [one for one in _told(ask, hits) if _answers(ask, one)]
    found.sort(key=lambda one: (one.covered, one.hit.similarity), reverse=True)
    return _closest(ask, found)


def near(hits: Sequence[Hit], ask: Ask) -> list[Told]:
    """What may help although it is no answer."""
    return [one for one in _told(ask, hits) if one.hit.similarity >= NEAR]


def _told(ask: Ask, hits: Sequence[Hit]) -> list[Told]:
    rows = []
    for hit in hits:
        passage = _passage(ask, hit.memory.content)
        if passage and not passage.endswith("?"):
            rows.append(Told(hit, told(passage, hit.memory.speaker), _covered(ask, passage)))
    return rows


def _answers(ask: Ask, one: Told) -> bool:
    similarity = one.hit.similarity
    if ask.personal:
        return one.covered > 0.99 or (one.covered >= COVERED and similarity >= NEAR) or similarity >= ALIKE
    if one.covered > 0.99:
        return True
    return (one.covered >= COVERED_STRANGE and similarity >= NEAR) or similarity >= ALIKE_STRANGE


def _covered(ask: Ask, passage: str) -> float:
    total = sum(ask.topics.values())
    spoken_of = named(passage)
    return sum(weight for stem, weight in ask.topics.items() if stem in spoken_of) / total if total else 0.0


def _closest(ask: Ask, found: list[Told]) -> list[Told]:
    """Without those that a better one makes doubtful: about another person, or naming less of the question."""
    found = _of_whom(ask, found)
    bygone = bool(_BYGONE.search(ask.text))
    if bygone:
        found = [one for one in found if _is_bygone(one.text)] or [one for one in found if any(map(is_past, words(one.text)))]
    elif "did" not in ask.words:
        found = [one for one in found if not _is_bygone(one.text)] or found
    if not found:
        return []
    best = found[0]
    near = best.hit.similarity * (_NEAR_WHOLE if best.covered > 0.99 else _NEAR_PART)
    return [one for one in found if one.covered >= best.covered and one.hit.similarity >= near]


def _of_whom(ask: Ask, found: list[Told]) -> list[Told]:
    """About "my sister's job" those that say "your sister", as much of it as any does; about "I" those that begin with "you"."""
    if mine := _MINE.search(ask.text.lower()):
        parts = mine.group(1).split()
        for count in range(len(parts), 0, -1):
            wanted = f"your {' '.join(parts[:count])}"
            if of_it := [one for one in found if wanted in one.text.lower()]:
                return of_it
    elif "i" not in ask.words:
        return found
    yours = [one for one in found if words(one.text)[:1] == ["your"]]
    you = [one for one in found if words(one.text)[:1] in (["you"], ["i"])]
    return (you + yours if mine else you or yours) or found


def _is_bygone(text: str) -> bool:
    return bool(_BYGONE.search(text))


def _passage(ask: Ask, content: str) -> str:
    """The memory, or of a long one the sentence that names most of the question."""
    text = content[:_READ_CHARS].strip()
    if len(text) <= _WHOLE_CHARS:
        return text
    sentences = [part.strip() for part in _SENTENCE.split(text) if part.strip()]
    best = max(sentences, key=lambda part: _covered(ask, part), default="")
    return best if len(best) <= _WHOLE_CHARS else f"{best[:_WHOLE_CHARS].rsplit(' ', 1)[0]} …"
