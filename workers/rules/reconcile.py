"""Reconcile: what a new statement does to what is known: nothing, a detail more, a correction, or a memory of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from schemas.memory import MemoryType, content_hash
from schemas.receipt import Action
from schemas.search import Candidate
from workers.rules.corrections import corrects, same_claim
from workers.rules.predicates import holder, tense
from workers.rules.wordings import Kinship, compare, wording

_ALIKE = 0.95
"""From this cosine on, the same words are the same fact even with another subject: "has a dog named Rex", "the dog is called Rex"."""


_SAME_CLAIM = 0.75
_MANY_WORDS = 8
STATEMENT_MAX_CHARS = 4_000
"""No statement is longer, whoever extracts. What is was stored word for word: a document, which no one sentence repeats or corrects."""
_PERSON_WORDS = 3
"""A longer subject is a thing described, and two descriptions need not share their words."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a draft."""

    action: Action
    target: Candidate | None
    """The memory it concerns."""
    text: str | None
    """What the target says from now on (UPDATE); the draft's own words."""
    reason: str
    """For people, in the receipt."""


def judge(text: str, kind: MemoryType, said_at: datetime, neighbours: Sequence[Candidate]) -> Decision:
    """Decide about one draft against the memories nearest to it; the first of these that holds, nearest first:

    NONE       the same words are known
    SUPERSEDE  it corrects a memory that was said no later. Corrected by one that was said later, it is NONE, without a
               target: it was out of date when it came
    UPDATE     it says all that a memory says, and more: the memory takes its words
    MERGE      a memory says it already, in other words or in more detail; nothing changes
    ADD        none of these

    An immutable memory is neither corrected nor updated: the draft stands beside it. `similarity` of the neighbours is the
    cosine of MiniLM vectors; the thresholds in `wordings` are made for it.
    """
    own = content_hash(text)
    neighbours = [candidate for candidate in neighbours if len(candidate.memory.content) <= STATEMENT_MAX_CHARS]
    for candidate in neighbours:
        if candidate.memory.content_hash == own:
            return Decision(Action.NONE, candidate, None, "already known")
    return _correction(text, said_at, neighbours) or _repetition(text, neighbours) or Decision(Action.ADD, None, None, "new")


def _correction(text: str, said_at: datetime, neighbours: Sequence[Candidate]) -> Decision | None:
    outdated: Decision | None = None
    for candidate in neighbours:
        why = None if candidate.memory.immutable else corrects(text, candidate.memory.content, candidate.similarity)
        if why is None:
            continue
        if candidate.memory.said_at <= said_at:
            return Decision(Action.SUPERSEDE, candidate, None, f"{why}: {_cut(candidate.memory.content)}")
        outdated = outdated or Decision(Action.NONE, None, None, f"out of date: said before: {_cut(candidate.memory.content)}")
    return outdated


def _repetition(text: str, neighbours: Sequence[Candidate]) -> Decision | None:
    mine, when = holder(text), tense(text)
    for candidate in neighbours:
        stored = candidate.memory.content
        if candidate.similarity >= _SAME_CLAIM and same_claim(text, stored):
            return Decision(Action.MERGE, candidate, None, f"already known: {_cut(stored)}")
        kinship = compare(text, stored, candidate.similarity)
        if kinship is Kinship.DIFFERENT or (tense(stored) != when and not _long(text, stored)):
            continue
        if not _same_holder(mine, holder(stored)) and not (kinship is Kinship.SAME and candidate.similarity >= _ALIKE):
            continue
        if kinship is not Kinship.MORE:
            return Decision(Action.MERGE, candidate, None, f"already known: {_cut(stored)}")
        if not candidate.memory.immutable:
            return Decision(Action.UPDATE, candidate, text, f"more detail than: {_cut(stored)}")
    return None


def _same_holder(a: frozenset[str], b: frozenset[str]) -> bool:
    """The same person or thing: "sister" and "sister Anna" may be, the user and their sister are not."""
    return a == b or (bool(a) and bool(b) and (a <= b or b <= a or len(a) > _PERSON_WORDS < len(b)))


def _long(text: str, stored: str) -> bool:
    """Whether both say so much that the form of one verb decides nothing."""
    return min(len(wording(text).content), len(wording(stored).content)) >= _MANY_WORDS


def _cut(text: str) -> str:
    return text if len(text) <= 120 else f"{text[:119]}…"
