"""Question: what a search's text asks for, read from its words alone."""

import re
from dataclasses import dataclass
from functools import lru_cache

_READ_CHARS = 2_000
"""A question says what it wants in its first words; longer texts are documents pasted into a search box."""
_WORD = re.compile(r"[^\W_]+")
_ENDINGS = ("ing", "ed", "es", "s", "ly")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EMPTY = _words(
    """what when where which who whom whose why how did does do done doing have has had having am is are was were be been being can could
    would should shall will may might must i me my mine myself we us our ours you your yours he him his she her hers it its they them
    their theirs this that these those there here about from up down out over under again then once any all some more most other than
    too very just also so now please tell give show know remember remind like get got a an and as at but by for if in into no not of on
    or such the to with between during before after many much lot let lets s t d m re ve ll dont didnt doesnt user"""
)
"""Words a question is made of and a memory is not found by."""

_PERSON = re.compile(
    r"\babout\s+(?:me|myself|us|(?:the|this)\s+(?:user|person))\b|\bwho\s+(?:am\s+i|is\s+(?:the|this)\s+(?:user|person))\b"
    r"|\b(?:my|(?:the|this)\s+user'?s?)\s+(?:whole\s+)?(?:profile|memories|memory|background|story|facts)\b"
    r"|\b(?:summari[sz]e|describe)\s+(?:me|(?:the|this)\s+(?:user|person))\b",
    re.IGNORECASE,
)
_GENERAL = _words(
    """person profile memory memories fact facts everything anything something things thing information info details summary
    summarize summarise describe description overview background story whole recall learn learned learnt store stored saved kept far
    list need want"""
)
"""Words that name no topic beside the person."""

_HELP = re.compile(
    r"\b(?:suggest|recommend|advi[sc]e|help me|should i|where do you think|what (?:tools|steps|are some)"
    r"|how (?:should|can|do|would|could) (?:i|you|we)|(?:can|could) you (?:show|help|explain|walk|write|give)"
    r"|i'm (?:planning|trying|looking|working|about)|which .{0,80}\buse)\b"
    r"|^\s*(?:please )?(?:plan|write|draft|create|design|choose|pick|book)\b",
    re.IGNORECASE,
)
_RECOLLECTION = re.compile(
    r"\b(?:did i|have i|i (?:mention|said|say|told|brought|learned|approached|worked)|did you|our conversations|we (?:talk|discuss|cover)"
    r"|over time|summar(?:y|i[sz]e)|how many|how long|when)\b",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    r"^\s*(?:and |so |ok,? )?(?:what(?:'s| is| are| time| date| day| deadline| budget)|how (?:many|much|long|old|often)"
    r"|when(?:'s| is| are| should)|where(?:'s| is| are| do| does)|which|who(?:'s| is| are)|(?:by|at) (?:what|when)|do|does|is|are)\b",
    re.IGNORECASE,
)
_PAST = re.compile(
    r"\b(?:did|was|were|had|ago|before|between|first|originally|initially|previous(?:ly)?|used to|across|over time|in total"
    r"|last (?:week|month|year|time))\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """A search's text and what it asks for. English rules; a text they do not fit is an ordinary question."""

    words: str
    """The text without the words a memory is not found by; the whole text where nothing else is left."""
    stems: frozenset[str]
    about_person: bool
    """It asks for the person as a whole ("What do you know about me?"), not for a topic."""
    wants_help: bool
    """It asks to be helped ("What would you suggest for dinner?"): preferences matter, also those that share no word with it."""
    wants_present: bool
    """It asks how things stand ("How many books have I to read?"): of two answers the newer one holds."""


def read_question(text: str) -> Question:
    """What `text` asks for; only its first 2,000 characters are looked at."""
    text = text[:_READ_CHARS]
    return Question(
        words=" ".join(_content(text)) or text,
        stems=stems(text),
        about_person=_about_person(text),
        wants_help=bool(_HELP.search(text)) and not _RECOLLECTION.search(text),
        wants_present=bool(_PRESENT.search(text)) and not _PAST.search(text),
    )


def stems(text: str) -> frozenset[str]:
    """The words of `text` that carry content, in small letters, without their commonest endings."""
    return frozenset(map(_stem, _content(text)))


def _content(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.lower()) if word not in _EMPTY]


@lru_cache(maxsize=8_192)
def _stem(word: str) -> str:
    ending = next((end for end in _ENDINGS if word.endswith(end) and len(word) - len(end) >= 3), "")
    return word.removesuffix(ending)


def _about_person(text: str) -> bool:
    return bool(_PERSON.search(text)) and _GENERAL.issuperset(_content(text))
