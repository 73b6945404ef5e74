"""Memory types: preference, fact, experience, goal or relationship, told by the words of a statement."""

import re

from schemas.memory import MemoryType
from workers.rules import languages
from workers.rules.gate import Gate
from workers.rules.type_cues import CUES
from workers.rules.verbs import PARTICIPLE, SINGULAR, is_adverb, is_past

_SUREST_FIRST = sorted(CUES, key=lambda cue: -cue[1])
"""Once one is found, the weaker ones need not be looked for."""
_COMPILED = tuple((kind, weight, re.compile(pattern, re.IGNORECASE)) for kind, weight, pattern in _SUREST_FIRST)
_GATE = Gate([pattern for _, _, pattern in _SUREST_FIRST])
_ASIDE = re.compile(
    r"\b(?:because|since|so that|when|while|although|though|who|which|but|if|after|before|due to|as well as|until)\b|[;:(]|\. ",
    re.IGNORECASE,
)
_ASIDE_SHARE = 0.62
"""How much a cue counts that stands in a subordinate clause."""
_SUBJECT = re.compile(
    r"^(?:(?:last|in|on|yesterday|recently|just|two|three|this|once)\b[^,]{0,40}?,? )?(?:(?P<user>the user|user|i|we)"
    r"|(?-i:[A-Z])[\w-]+(?: (?-i:[A-Z])[\w-]+)?)(?: and (?:their|my|the user|I)(?: \w+)?)? ",
    re.IGNORECASE,
)
_NOT_EVENTS = frozenset(
    "was were had liked loved hated wanted preferred enjoyed hoped planned needed did used decided promised married is born".split()
)
_LASTING = frozenset("been had got lived worked known wanted loved liked always".split())
"""In the perfect they say what still is: "has lived in Rome since 2010"."""
_PUNCTUAL = frozenset(
    "adopt attend meet win finish complete start begin buy receive discover organize host celebrate join move "
    "lose launch publish visit graduate decide get reach realize open "
    "try experience come participate return take create plan land donate record perform travel "
    "volunteer inspire explore reconnect".split()
)
"""In a present tense about somebody else they tell of an event: "Nate adopts a dog"."""
_HABITUAL = re.compile(r"\b(?:every|often|usually|always|regularly|sometimes|never|each|daily|weekly|mondays|weekends)\b", re.IGNORECASE)
_FOREIGN = (
    (MemoryType.PREFERENCE, languages.PREFERENCE),
    (MemoryType.RELATIONSHIP, languages.RELATIONSHIP),
    (MemoryType.GOAL, languages.GOAL),
)


def classify(text: str) -> tuple[MemoryType, float]:
    """The type of a statement and how sure that is, 0..1: 0.9 and above where the words say it outright.

    The strongest cue wins; one in a subordinate clause counts for less. Without any cue it is a fact at 0.55.
    """
    if not languages.is_english(text):
        return _foreign(text)
    aside = _ASIDE.search(text, 8)
    cut = aside.start() if aside else len(text)
    best, kind = 0.55, MemoryType.FACT
    for place in _GATE.open(text):
        candidate, weight, pattern = _COMPILED[place]
        if weight <= best:
            break
        if pattern.search(text, 0, cut):
            best, kind = weight, candidate
        elif aside and weight * _ASIDE_SHARE > best and pattern.search(text, cut):
            best, kind = weight * _ASIDE_SHARE, candidate
    happened = _happened(text)
    if (
        happened > best
        or (happened and kind is MemoryType.FACT and best < 0.93)
        or (happened and best < 0.9 and kind is not MemoryType.RELATIONSHIP)
    ):
        return MemoryType.EXPERIENCE, max(happened, 0.6)
    return kind, round(best, 2)


def _happened(text: str) -> float:
    """How surely the main verb tells of something that happened once; 0 when it does not."""
    match = _SUBJECT.match(text)
    if match is None:
        return 0.0
    words = [word.strip(",.").lower() for word in text[match.end() : match.end() + 80].split()[:5]]
    before = "" if match["user"] else "named"
    for word in words:
        if word in {"have", "has", "had"}:
            before = "perfect"
        elif not is_adverb(word) and word not in {"all", "both"}:
            return _tells_of_event(word, before, text)
    return 0.0


def _tells_of_event(verb: str, before: str, text: str) -> float:
    if verb in _NOT_EVENTS:
        return 0.0
    if before == "perfect" and verb in _LASTING:
        return 0.0
    if is_past(verb) or (before == "perfect" and verb in PARTICIPLE):
        return 0.92
    return 0.62 if before == "named" and SINGULAR.get(verb) in _PUNCTUAL and not _HABITUAL.search(text) else 0.0


def _foreign(text: str) -> tuple[MemoryType, float]:
    for kind, pattern in _FOREIGN:
        if pattern.search(text):
            return kind, 0.75
    return MemoryType.FACT, 0.5
