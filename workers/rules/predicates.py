"""Predicates: a statement parted into whom it is about and what it says of them."""

import re
from functools import lru_cache

from workers.rules.verbs import BASE, FINITE, is_adverb, is_past
from workers.rules.wordings import wording

_SUBJECT_WORDS = 14
PLANNED = re.compile(
    r"(?:is |are )?(?:\w+ly )?(?:moving|going to|planning|hoping|relocating|about to|will|wants?|plans?|hopes?"
    r"|intends?|would|considering|thinking|looking|aims?|might|may|wishes|dreams?)\b",
    re.IGNORECASE,
)
_TAIL = re.compile(
    r"(?:,(?!\d)| with | for | since | because | and | but | while | after | before | so | when | where | in \d{4}"
    r"| on \d| as an? | until | using | which | who )",
    re.IGNORECASE,
)
_USER = re.compile(r"(?:the )?user(?:'s)?\b ?", re.IGNORECASE)
_DETERMINER = re.compile(
    r"\b(?:the|a|an|their|his|her|its|new|current|latest|updated|old|main|average|overall|total|own|final"
    r"|also)\b ?",
    re.IGNORECASE,
)


_OWNED = re.compile(r"([^\W_]+)'s?\b")


@lru_cache(maxsize=4096)
def parted(text: str) -> tuple[str, str]:
    """Subject and predicate of the first sentence; the predicate is empty where no verb is found."""
    sentence = re.split(r"\.\s", text[:600].strip(), maxsplit=1)[0].rstrip(".!")
    words = sentence.split()
    for place in range(1, min(len(words), _SUBJECT_WORDS)):
        if _begins_predicate(words, place):
            while place > 1 and is_adverb(words[place - 1].lower()):
                place -= 1
            return " ".join(words[:place]), " ".join(words[place:])
    lead = 2 if sentence.lower().startswith("the user ") else 1
    unknown_verb = len(words) > lead and words[lead].endswith("s")
    return (" ".join(words[:lead]), " ".join(words[lead:])) if unknown_verb else (sentence, "")


def _begins_predicate(words: list[str], place: int) -> bool:
    """Whether the word is a finite verb (or "no", "never" before one), and no noun that looks like it."""
    word, before = words[place].lower().strip(","), words[place - 1].lower()
    if word in {"no", "never"}:
        return place + 1 < len(words)
    if before.endswith("'s") or before in {"the", "a", "an", "their", "his", "her", "of", "my"}:
        return word in {"is", "was", "has", "are"}
    return (
        word in FINITE
        or (place > 1 and is_past(word))
        or (word in BASE and (before in {"user", "and", "children"} or (place > 1 and before.endswith("s") and not before.endswith("ss"))))
    )


def tense(text: str) -> str:
    """ "past", "plan" or "now": what happened, what is intended and what is so are never the same memory."""
    predicate = parted(text)[1]
    if PLANNED.match(predicate):
        return "plan"
    words = predicate.lower().split()
    verb = next((word for word in words[:3] if not is_adverb(word)), "")
    perfect = verb in {"has", "have", "had"} and len(words) > 1 and any(is_past(word) or word == "been" for word in words[1:3])
    return "past" if is_past(verb) or verb in {"was", "were"} or perfect or predicate.lower().startswith("used to") else "now"


def holder(text: str) -> frozenset[str]:
    """Whom or what a statement is about, in basic words; empty for the user."""
    return holder_of(parted(text)[0])


def holder_of(subject: str) -> frozenset[str]:
    """ "The user's sister Anna" -> sister, anna; "Audrey's dog" -> audreys (not Audrey herself), dog."""
    return words_of(". " + _OWNED.sub(r"\1ofx", without_owner(subject)))


def value_of(text: str | None) -> frozenset[str]:
    """The words of a value, without what follows it: "Lisbon with his wife" -> {"lisbon"}."""
    if not text:
        return frozenset()
    cut = _TAIL.search(text)
    return words_of(". " + (text[: cut.start()] if cut and cut.start() else text))


_ASIDE = re.compile(r",(?!\d)| because | since | but | while | when | so | until ", re.IGNORECASE)


def taste_of(text: str) -> frozenset[str]:
    """The words of what is liked, with all that narrows it down: "tea with milk" is not tea."""
    cut = _ASIDE.search(text)
    return words_of(". " + (text[: cut.start()] if cut and cut.start() else text))


def words_of(text: str | None) -> frozenset[str]:
    """Content words and numbers in basic form; a text that begins with ". " has no first word whose capital means nothing."""
    parts = wording(text) if text else None
    return parts.content | parts.numbers if parts else frozenset()


def without_owner(subject: str) -> str:
    """A subject without the user and without articles: "The user's current salary" -> "salary"."""
    return _DETERMINER.sub("", _USER.sub("", subject))
