"""Yes or no: said only where a memory says just that; anything less is told without either word."""

from query.answerer.asked import Ask
from query.answerer.english import AUXILIARIES, PREPOSITIONS, is_adverb, with_you
from query.answerer.person import plain_words

_YOURS = {"i": "you", "me": "you", "my": "your", "mine": "yours", "myself": "yourself", "we": "you", "us": "you", "our": "your"}
_DROPPED = frozenset({"a", "an", "the", "some", "any"})
_ANY = frozenset({"any", "anything", "anyone", "anybody", "anywhere"})
_SAME = {"love": "like", "enjoy": "like", "adore": "like"}
_AGAINST = {"hate": "like", "dislike": "like", "detest": "like"}
_NEVER = frozenset({"not", "never"})
_UNSURE = frozenset(
    "if unless maybe perhaps might could would sometimes except probably hardly barely rarely seldom almost nearly only formerly "
    "previously originally initially supposedly allegedly longer".split()
)
_BE = {"am": "are", "is": "is", "are": "are", "was": "were", "were": "were"}
_DONE = frozenset({"do", "does", "did"})


def verdict(ask: Ask, text: str) -> bool | None:
    """Whether the told memory says yes or no to a closed question; None where it says neither."""
    auxiliary, expected = _expected(ask)
    stated = plain_words(text)
    if not expected or _UNSURE & set(stated):
        return None
    denied = _denied(stated, auxiliary, expected)
    if auxiliary not in _DONE and auxiliary not in stated:
        return None
    stated = _without(stated, auxiliary, denied)
    stated = [
        _SAME.get(word, word) for word in stated if word not in _DROPPED and (not is_adverb(word) or word in _NEVER or word in expected)
    ]
    said = [_form(word, auxiliary) for word in stated[: len(expected)]]
    if [_AGAINST.get(word, word) for word in said] != [_AGAINST.get(word, word) for word in expected]:
        return None
    if not _ends(stated[len(expected) :], ask):
        return None
    return denied == (bool(_AGAINST.keys() & set(said)) != bool(_AGAINST.keys() & set(expected)))


def _expected(ask: Ask) -> tuple[str, list[str]]:
    """The auxiliary as a statement has it, and the statement's other words: "Do I like tea" -> do, you like tea."""
    asked = plain_words(ask.text)
    if len(asked) < 3 or asked[0] not in AUXILIARIES:
        asked = ["do", *asked]  # "if I like tea"
    auxiliary = _BE.get(asked[0], asked[0])
    if auxiliary == "did" or _NEVER & set(asked):
        return auxiliary, []
    flipped = [_YOURS.get(word, word) for word in asked[1:]]
    kept = [word for word in flipped if word not in _DROPPED | _ANY and not is_adverb(word)]
    return auxiliary, [_form(_SAME.get(word, word), auxiliary) for word in kept]


def _form(word: str, auxiliary: str) -> str:
    """ "Does my sister live" is stated as "your sister lives"."""
    return with_you(word) if auxiliary == "does" else word


def _denied(stated: list[str], auxiliary: str, expected: list[str]) -> bool:
    """Whether a "not" or "never" stands where the question has none: before its last word."""
    place = next((place for place, word in enumerate(stated) if word in _NEVER), 0)
    before = [word for word in stated[:place] if word not in _DROPPED | _DONE and word != auxiliary]
    negated = stated[place] == "never" or stated[place - 1] in AUXILIARIES if place else False
    return negated and len(before) < len(expected) and before == expected[: len(before)]


def _without(stated: list[str], auxiliary: str, denied: bool) -> list[str]:
    """The statement without what a question has in another place: its auxiliary, and the "not" that was taken note of."""
    gone = [word for word in stated[:6] if word in _NEVER][:1] if denied else []
    gone += [auxiliary] if auxiliary not in _DONE else [word for word in stated if word in _DONE][:1] if denied else []
    left = list(stated)
    for word in gone:
        left.remove(word)
    return left


def _ends(rest: list[str], ask: Ask) -> bool:
    """Whether the statement is over where the question is: "a dog" is not "a dog allergy"."""
    return not rest or rest[0] in PREPOSITIONS | {"not"} or bool(_ANY & set(ask.words[-1:]))
