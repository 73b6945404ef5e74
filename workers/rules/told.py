"""Told: a statement as it was heard, before it is typed; and the finishing touches that make it one."""

import re
from dataclasses import dataclass
from datetime import datetime

from workers.rules import dates
from workers.rules.persons import Cast, third_person
from workers.rules.verbs import FINITE, SINGULAR

ASKED = 0.97
"""How sure a statement is that one was told to remember."""
DIRECT = 0.95
"""Said outright by the person it is about."""
SHORT = 0.85
"""The subject was left out: "Moved to Berlin"."""
NAMED = 0.8
"""About somebody or something with a name."""
HEDGED = 0.72
"""An opinion, or something not certain."""
IMPLIED = 0.75
"""Only mentioned in a question or a request, or repeated by the assistant."""
GENERAL = 0.6
"""A specific statement that is not about the speaker."""

_SPACES = re.compile(r"\s+")
_FIRST_PERSON = re.compile(r"\b(?:I|[Mm]y|[Mm]e|[Ww]e|[Oo]ur|us|[Mm]ine|[Mm]yself|[Oo]urselves|[Oo]urs|MY|ME|WE|OUR)\b(?![/.]\w)")
_ABOUT_USER = re.compile(r"(?:the )?user\b(?!s?[ -](?:interface|experience|guide|story|stories|id|name|input|manual))", re.IGNORECASE)
_NAME_LED = re.compile(
    r"[A-Z][\w'-]+(?: [A-Z][\w'-]+){0,2}(?:'s \w+)? (?:\w+ly |also |never |always |just |really )?(?P<verb>[a-z]+(?:'t)?)\b"
)
_NOT_NAMES = frozenset(
    "the this that these those it there here what when where why how if in on at as for from with all some any "
    "most many each every one two no not and but or so an".split()
)
_SPECIFIC = re.compile(
    r"\d|\b(?:[A-Z]{2,}|[A-Z]\w*[A-Z]\w*|\w+[_@/]\w+)\b|(?<=[a-z,] )[A-Z][a-z]+"
    r"|\b[Tt]he (?:\w+ ){0,2}?(?:deadline|project|team|api|app|server|database|meeting|budget|office|client"
    r"|customer|release|password|company|house|car|wedding|flight|appointment|exam|interview|party|product|repo"
    r"|repository|pipeline|schema|plan|schedule)\b"
)


@dataclass(frozen=True, slots=True)
class Told:
    """A finished statement, how sure it is (0..1) and the words it came from."""

    text: str
    sure: float
    source: str


def in_first_person(clause: str) -> bool:
    """Whether the clause speaks of its speaker."""
    return bool(_FIRST_PERSON.search(clause))


def put(clause: str, cast: Cast, said_at: datetime) -> str:
    """A first-person clause as a statement: third person, calendar dates, capital and full stop."""
    past = bool(dates.PAST_CUE.search(clause))
    return polished(dates.resolve(third_person(clause, cast, past=past), said_at))


def polished(text: str) -> str:
    """One space between words, a capital first letter and a full stop."""
    text = _SPACES.sub(" ", text).strip(" ,;:–—-!.")
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def how_specific(clause: str) -> float | None:
    """How sure a statement that is not in the first person is; None when it says nothing specific about anything."""
    words = clause.split()
    if len(words) < 3 or len(words) > 120:
        return None
    if _ABOUT_USER.match(clause):
        return 0.9
    if (
        (led := _NAME_LED.match(clause))
        and words[0].lower() not in _NOT_NAMES
        and (led["verb"] in FINITE or led["verb"].endswith(("s", "ed")))
    ):
        return NAMED
    states = any(word.lower().strip(",.") in FINITE or word.lower() in SINGULAR for word in words[:14])
    return GENERAL if states and _SPECIFIC.search(clause) else None
