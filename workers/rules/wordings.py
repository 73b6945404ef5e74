"""Wordings: whether two statements say the same, one says more, or they differ, told by their words."""

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from workers.rules.verbs import GERUND, PARTICIPLE, PAST, SINGULAR

_WORD = re.compile(r"[^\W_]+(?:[.,:/@_-][^\W_]+)*(?:'[^\W_]+)?|[%€$£°]")
_EMPTY = frozenset(
    "the a an of in on at to for with by from as is are was were be been being am and or that this these those "
    "it its there their they them his her he she very really quite "
    "so too also just actually currently now still already recently user users user's own some any such which "
    "who whom whose has have had do does did s overall mainly generally "
    "usually often always about around approximately over than rather".split()
)
_NEGATIONS = frozenset(
    "not no never none without neither nor cannot can't don't doesn't didn't isn't aren't wasn't weren't won't "
    "wouldn't hasn't haven't hadn't couldn't shouldn't dislike".split()
)
_STANCE = frozenset(
    "want will would should could might may must can try if unless until used stopped quit former ex formerly "
    "before after more less only except almost".split()
)
_GROUPS = (
    "like love enjoy adore fond fan keen fancy appreciate into passionate",
    "dislike hate detest despise loathe",
    "want wish hope plan intend aim aspire wanna desire",
    "live reside",
    "work employ",
    "name call",
    "buy purchase",
    "big large huge",
    "start begin",
    "child kid children",
    "allergic allergy",
    "woman women",
    "man men",
    "person people",
    "mother mom mum mommy",
    "father dad daddy",
    "film movie",
    "color colour",
    "favorite favourite",
    "automobile car",
    "finish complete",
    "make create build develop",
    "doctor physician",
    "wife spouse",
    "phone telephone mobile",
    "speak talk",
    "home house",
    "bike bicycle",
    "photo picture photograph",
    "use utilize utilise",
    "prefer favor favour",
    "vegetarian veggie",
    "nice great good",
    "tv television",
    "move relocate",
    "study learn",
    "meet encounter",
    "help assist",
    "say state tell",
    "get obtain receive acquire",
    "show display demonstrate",
    "job occupation profession",
    "usa us u.s america",
    "uk u.k britain",
)
_CANON = {word: group.split()[0] for group in _GROUPS for word in group.split()}
_NUMBERS = {word: str(n) for n, word in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())}
_FIXED = frozenset("his this was has does is news series always yes us bus gas lens chess tennis physics mathematics politics".split())


class Kinship(Enum):
    """How a new wording stands to a stored one."""

    SAME = "same"
    MORE = "more"
    """The new one says all that the stored one says, and more."""
    LESS = "less"
    """The stored one already says it, and more."""
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True)
class Wording:
    """What a statement is made of: its content words in their basic form, and apart from them what must never be confused."""

    content: frozenset[str]
    numbers: frozenset[str]
    names: frozenset[str]
    stance: frozenset[str]
    """Negations, wishes, conditions: a difference here is a difference in meaning."""


@lru_cache(maxsize=4096)
def wording(text: str) -> Wording:
    """The parts of a statement; remembered, as the same neighbours come again and again."""
    content: set[str] = set()
    numbers: set[str] = set()
    names: set[str] = set()
    stance: set[str] = set()
    for place, match in enumerate(_WORD.finditer(text[:2000])):
        raw = match.group()
        low = raw.lower()
        if low in _NEGATIONS or low.endswith("n't"):
            stance.add("not")
        word = basic(low)
        if any(c.isdigit() for c in low):
            numbers.add(low.replace(",", "") if low[-1].isdigit() else low)
        elif word in _NUMBERS and word != "one":
            numbers.add(_NUMBERS[word])
        elif word in _STANCE or low in _STANCE:
            stance.add(word)
        elif low not in _EMPTY and word not in _EMPTY and low not in _NEGATIONS:
            content.add(word)
            if raw[0].isupper() and place:
                names.add(word)
    if "longer" in content or "anymore" in content:
        stance.add("not")
    return Wording(
        frozenset(content - {"longer", "anymore"}), frozenset(numbers), frozenset(names), frozenset(stance - {"not"}) | ({"not"} & stance)
    )


@lru_cache(maxsize=8192)
def basic(word: str) -> str:
    """A word without its ending, and one word for several that mean the same: loves, enjoyed -> like."""
    word = word.removesuffix("'s").removesuffix("'")
    word = SINGULAR.get(word) or PAST.get(word) or GERUND.get(word) or PARTICIPLE.get(word) or word
    if word not in _CANON and len(word) > 3 and word not in _FIXED:
        word = _without_ending(word)
    return _CANON.get(word, word)


def _without_ending(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def compare(new: str, stored: str, similarity: float) -> Kinship:
    """How `new` stands to `stored`, whose cosine (MiniLM) is `similarity`.

    Words that must agree (numbers, names, negations, wishes) decide first; then which content words the other lacks. Where
    each has words of its own, only a very high similarity makes them the same: one other noun is another fact.
    """
    a, b = wording(new), wording(stored)
    if a.stance != b.stance:
        return Kinship.DIFFERENT
    only_a, only_b = (a.content | a.numbers) - (b.content | b.numbers), (b.content | b.numbers) - (a.content | a.numbers)
    if not only_a and not only_b:
        return Kinship.SAME if similarity >= _SAME_WORDS else Kinship.DIFFERENT
    if not (a.content & b.content):
        return Kinship.DIFFERENT
    if not only_b:
        near = similarity >= (_VERBATIM if _within(stored, new) else _CONTAINED)
        return Kinship.MORE if near and len(only_a) <= 2 * len(b.content) + 3 else Kinship.DIFFERENT
    if not only_a:
        return Kinship.LESS if similarity >= (_VERBATIM if _within(new, stored) else _DROPPED) else Kinship.DIFFERENT
    return _reworded(a, b, only_a, only_b, similarity)


_SAME_WORDS = 0.75
"""The same words in another order may say something else ("Tom likes Ann"): they must also be near."""
_VERBATIM = 0.55
"""Where one stands in the other word for word."""
_CONTAINED = 0.70
_DROPPED = 0.78
"""What adds no word of its own is left out only if it is nearer than what replaces a shorter wording: nothing new may be lost."""
_REWORDED = 0.94
_REWORDED_LONG = 0.92
_SWAPPED = 0.97
"""One word for another is the most likely to make another fact: "lives in Berlin", "works in Berlin"."""
_LONG = 8
"""From this many content words on, single words weigh less."""


def _within(short: str, long: str) -> bool:
    return short.rstrip(".! ").casefold().removeprefix("the ") in long.casefold()


def _reworded(a: Wording, b: Wording, only_a: frozenset[str], only_b: frozenset[str], similarity: float) -> Kinship:
    """Both have words of their own: the same only if none of them is a number or name, and all the rest is alike."""
    hard_a, hard_b = (a.numbers | a.names) - (b.numbers | b.content), (b.numbers | b.names) - (a.numbers | a.content)
    if (hard_a and hard_b) or (a.numbers != b.numbers and a.numbers and b.numbers):
        return Kinship.DIFFERENT
    shared = len(a.content & b.content)
    share = shared / max(1, min(len(a.content), len(b.content)))
    least = _REWORDED_LONG if min(len(a.content), len(b.content)) >= _LONG else _REWORDED
    swapped = least is _REWORDED and len(only_a) == len(only_b) == 1
    if similarity < (_SWAPPED if swapped else least) or share < 0.5:
        return Kinship.DIFFERENT
    if hard_a or len(only_a) > len(only_b) + 2:
        return Kinship.MORE if not hard_b else Kinship.DIFFERENT
    return Kinship.LESS if hard_b else Kinship.SAME
