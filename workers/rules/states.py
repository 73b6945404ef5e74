"""States: what a thing is like, in one way at a time: its color, open or closed, broken or working."""

import re
from dataclasses import dataclass

from workers.rules.predicates import holder_of

_NOTHING: frozenset[str] = frozenset()
_COLORS = frozenset(
    "red blue green yellow orange purple pink black white gray grey brown beige silver gold golden turquoise teal navy maroon violet "
    "magenta cyan cream blond blonde brunette ginger auburn burgundy lavender lilac indigo tan crimson scarlet bronze copper mint".split()
)
_SHADES = frozenset(
    "and dark light bright pale deep soft matte metallic pearl sky navy royal forest olive lime hot dusty jet snow off".split()
)
_NOW = r"(?:,? (?:now|again|any ?more|instead|these days|at the moment))?"
_NOT_THAT = r"(?:,? (?:and |but )?(?:not|no longer|instead of|rather than) (?P<old>[\w -]{3,40}?)(?: any ?more)?)?"
_PAINTED = r"(?:re-?)?(?:painted|dyed|colou?red|sprayed|tinted|stained|wrapped)"
_IS_COLORED = re.compile(
    rf"(?:(?P<painted>(?:is|are|has been|have been|was|were|got)(?: now| currently| actually)? {_PAINTED}(?: in)?)"
    r"|(?:is|are|turned|became|has turned|has become)(?: now| currently| actually)?)"
    rf" (?P<v>[\w -]{{3,40}}?){_NOW}{_NOT_THAT}{_NOW}$",
    re.IGNORECASE,
)
_NOT_BUT = re.compile(
    r"(?:isn't|is not|is no longer|aren't|are not|are no longer) (?P<old>[\w -]{3,40}?)(?: any ?more)?[,;]?"
    rf" (?:but|it's|it is|they're|they are)(?: now)? (?P<v>[\w -]{{3,40}}?){_NOW}$",
    re.IGNORECASE,
)
_COLORED = re.compile(
    rf"(?:has |have |had )?(?:just |recently |finally )?(?:{_PAINTED} (?:their|his|her|the) (?P<thing>(?:[\w'-]+ ){{0,3}}?[\w'-]+)"
    rf"|(?:had|got) (?:their|his|her|the) (?P<thing2>(?:[\w'-]+ ){{0,3}}?[\w'-]+) {_PAINTED})"
    r"(?: from (?P<old>[\w -]{3,40}?) to| in)? (?P<v>(?:\w+[ -](?:and )?)?\w+)$",
    re.IGNORECASE,
)
_HAS_COLORED = re.compile(
    r"(?:has|have|owns?|drives?|rides?)(?: now)? an? (?P<v>(?:\w+[ -](?:and )?)??\w+)"
    r" (?P<thing>car|truck|van|suv|bike|bicycle|motorbike|motorcycle|scooter|phone|laptop|house|sofa|couch)(?: now)?$",
    re.IGNORECASE,
)
_EACH_ITS_OWN = re.compile(r"\b(?:old|other|second|former|previous|ex|some|most|many|few|one|all|both)\b", re.IGNORECASE)
"""Of these there is another of the same name, which may look otherwise."""
_PLURALS = re.compile(r"\b(?:hair|eyes|nails|walls|curtains|shutters|cabinets|glasses|floors|tiles)$", re.IGNORECASE)
"""Plurals that share one color; of most things one has, another may have another."""
_CONDITION = re.compile(
    r"(?:is|are|has|have)(?: now| currently| still| finally| been| got)* (?P<v>open|reopened|closed|shut|locked|unlocked|broken|defective"
    r"|out of order|fixed|repaired|mended|sick|ill|unwell|healthy|well|recovered|lost|found)"
    rf"{_NOW}$|(?P<v2>works?)(?: fine| well)?(?:,? (?:now|again))+$",
    re.IGNORECASE,
)
_CONDITIONS = {
    word: (kind, way)
    for kind, ways in {
        "open": ("open reopened", "closed shut"),
        "lock": ("unlocked", "locked"),
        "order": ("fixed repaired mended work works", "broken defective out-of-order"),
        "health": ("healthy well recovered", "sick ill unwell"),
        "found": ("found", "lost"),
    }.items()
    for way, words in zip(("so", "not"), ways, strict=True)
    for word in words.split()
}


@dataclass(frozen=True, slots=True)
class State:
    """What a predicate says its subject is like."""

    key: frozenset[str]
    """Basic words of the thing, and "color" or the name of the condition."""
    value: frozenset[str]
    change: bool = False
    old: frozenset[str] = frozenset()
    only: bool = True
    """Whether there is one such thing: of those who have a red car some have a blue one, too."""


def state_of(subject: str, predicate: str, *, negative: bool) -> State | None:
    """The one thing that `predicate`, with its negation, says of `subject`; None where it says something else.

    `negative` says that it is denied: "is no longer broken" is in order, "isn't blue" tells no color.
    """
    if _EACH_ITS_OWN.search(subject):
        return None
    return _color(subject, predicate) or _had(subject, predicate) or _condition(subject, predicate, negative=negative)


def _color(subject: str, predicate: str) -> State | None:
    match = _IS_COLORED.match(predicate) or _NOT_BUT.match(predicate)
    thing, change = holder_of(subject), bool(match and (match["old"] or match.groupdict().get("painted")))
    if match and predicate[:3].lower() in {"are", "hav", "wer"} and not _PLURALS.search(subject):
        return None
    if match is None and (match := _COLORED.match(predicate)):
        name, change = match["thing"] or match["thing2"], True
        thing = holder_of(name if " and " in subject else f"{subject}'s {name}")
    value = _shade(match["v"]) if match else _NOTHING
    return State(thing | {"color"}, value, change, _shade(match["old"])) if match and value and thing else None


def _had(subject: str, predicate: str) -> State | None:
    match = _HAS_COLORED.match(predicate)
    value = _shade(match["v"]) if match else _NOTHING
    return State(holder_of(f"{subject}'s {match['thing']}") | {"color"}, value, only=False) if match and value else None


def _shade(text: str | None) -> frozenset[str]:
    """The words of a color, none where there are others among them: {"dark", "red"}."""
    words = re.findall(r"\w+", (text or "").lower())
    known = any(word in _COLORS for word in words) and all(word in _COLORS or word in _SHADES for word in words)
    return frozenset("gray" if word == "grey" else word for word in words) - {"and"} if known else _NOTHING


def _condition(subject: str, predicate: str, *, negative: bool) -> State | None:
    match = _CONDITION.match(_NOT.sub("is ", predicate))
    thing = holder_of(subject)
    if match is None:
        return None
    kind, way = _CONDITIONS[(match["v"] or match["v2"]).lower().replace(" ", "-")]
    if not thing and kind != "health":
        return None
    return State((thing or frozenset({"user"})) | {kind}, frozenset({way if not negative else "so" if way == "not" else "not"}))


_NOT = re.compile(r"^(?:isn't|is not|is no longer|aren't|are not|are no longer) ", re.IGNORECASE)
