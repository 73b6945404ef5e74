"""Asked: what a message wants to know, question by question, or what else it does."""

import re
from dataclasses import dataclass
from enum import StrEnum

from query.answerer.english import AUXILIARIES, topics, words
from query.question import read_question

_READ_CHARS = 2_000
_QUESTIONS_MAX = 5
_SENTENCE = re.compile(r"[^.!?\n？]+(?:[.](?=\S)[^.!?\n？]+)*[.!?？]*")
_FILLER = re.compile(
    r"^(?:(?:hey|hi|hello|so|and|ok|okay|well|please|by the way|btw|also|um|uh|actually|now|then|but|quick question|question|sorry|yo)\b"
    r"[,:!]?\s+)+",
    re.IGNORECASE,
)
_INDIRECT = re.compile(
    r"^(?:(?:do|can|could|would|will) you (?:please |still |also |by any chance |perhaps )*"
    r"(?:know|remember|recall|tell me|remind me|say)|(?:please |just )?(?:tell|remind) me|i (?:forgot|(?:don't|do not|can't|cannot) "
    r"(?:remember|recall)|wonder|was wondering|am wondering|want to know|would like to know|need to know)|i'd like to know|any idea)"
    r"(?: again| anything| something| everything)?,?\s+(?:about |of )?",
    re.IGNORECASE,
)
_WHETHER = re.compile(r"^(?:if|whether)\s+", re.IGNORECASE)
_WH = re.compile(
    r"^(?:(?:in|on|at|for|with|from|to|about|by) )?(?:what|which|who|whom|whose|how|why|when|where)(?:'s|'re)?\b", re.IGNORECASE
)
_STATES = frozenset({"when", "where", "while"})
_SUBJECTS = frozenset("i you we they he she it there this that these those the my your our his her their any anyone someone".split())
_MINE = frozenset("i me my mine myself we us our ours i'm i've i'll i'd we're we've user user's".split())
_REQUEST = re.compile(
    r"^(?:(?:can|could|would|will) you|please|kindly|help me|let's|(?:i (?:want|need) you to)|(?:write|make|give|show|explain|summari[sz]e"
    r"|translate|list|create|find|suggest|recommend|generate|draft|plan|book|order|choose|pick|fix|compare|calculate|describe))\b",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"^(?:hi|hello|hey|hiya|howdy|yo|greetings|good (?:morning|afternoon|evening|day))(?: there| again| mneme| everyone)?[\s.!,]*$",
    re.IGNORECASE,
)
_THANKS = re.compile(
    r"^(?:many |so )?(?:thanks|thank you|thx|ty|cheers)(?: a lot| so much| very much| again| you)?[\s.!,]*$", re.IGNORECASE
)


_AND = re.compile(
    r",?\s+(?:and|or|but)(?: also)?,?\s+(?=(?:what|where|who|when|why|how|which|whose)\b"
    r"|(?:do|am|is|are|have|can|did|was) (?:i|my|we|our)\b)",
    re.IGNORECASE,
)


class Kind(StrEnum):
    OPEN = "open"
    """What, where, when, who, why, how."""
    CLOSED = "closed"
    """Yes or no."""
    PERSON = "person"
    """Everything about the user."""
    REQUEST = "request"
    """Do something."""
    GREETING = "greeting"
    THANKS = "thanks"
    TOLD = "told"
    """It says something."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question, or a message that is none."""

    kind: Kind
    text: str
    topics: dict[str, float]
    """What it is about: stem -> weight."""
    personal: bool
    """It is about the one who asks."""

    @property
    def words(self) -> list[str]:
        return words(self.text)


def read(message: str) -> list[Ask]:
    """The questions in a message, five at most, in order; where there is none, what the message is, alone."""
    text = message[:_READ_CHARS].replace("’", "'")
    sentences = [part for found in _SENTENCE.finditer(text) for part in _parts(found.group().strip())]
    asks = [ask for sentence in sentences if (ask := _question(sentence)) is not None][:_QUESTIONS_MAX]
    return asks or [_ask(_other(text.strip()), text.strip())]


def _parts(sentence: str) -> list[str]:
    """ "What is my name and where do I live?": two questions."""
    parts = _AND.split(sentence)
    return [f"{part}?" for part in parts] if len(parts) > 1 and sentence.endswith("?") else parts


def _question(sentence: str) -> Ask | None:
    body = _FILLER.sub("", sentence.rstrip(".!?？ \"'"))
    marked = sentence.rstrip("\"' ").endswith(("?", "？"))
    if read_question(body).about_person:
        return _ask(Kind.PERSON, body)
    direct = _INDIRECT.sub("", body)
    if direct != body:
        closed = _WHETHER.sub("", direct)
        return _ask(Kind.CLOSED if closed != direct else Kind.OPEN, closed)
    if _REQUEST.match(body):
        return _ask(Kind.REQUEST, body) if marked else None
    if _WH.match(body):
        return _ask(Kind.OPEN, body) if marked or _inverted(body) else None
    first, *rest = words(body) or [""]
    if first in AUXILIARIES and rest and (marked or rest[0] in _SUBJECTS):
        return _ask(Kind.CLOSED, body)
    return _ask(Kind.OPEN, body) if marked else None


def _inverted(body: str) -> bool:
    """Whether a wh-word without a question mark asks all the same: "where do I live", not "when I was young"."""
    first, *rest = words(body)
    if first.endswith(("'s", "'re")):
        return True
    near = rest[: 1 if first in _STATES else 4]
    if "i" in near and not (set(near[: near.index("i")]) & AUXILIARIES):
        return False
    return bool(set(near) & AUXILIARIES)


def _other(text: str) -> Kind:
    if _GREETING.match(text):
        return Kind.GREETING
    if _THANKS.match(text):
        return Kind.THANKS
    return Kind.REQUEST if _REQUEST.match(_FILLER.sub("", text)) else Kind.TOLD


def _ask(kind: Kind, text: str) -> Ask:
    return Ask(kind, text, topics(text), personal=bool(set(words(text)) & _MINE))
