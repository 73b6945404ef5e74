"""Words: how well texts match a question's, by the rules of the full-text index; for those that are at hand anyway."""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock

from Stemmer import Stemmer

_WORD = re.compile(r"[^\W_]+")
_LONGEST = 40
"""Longer ones are no words: the index leaves them out too."""
_EMPTY = frozenset(
    """a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to was will
    with""".split()
)
_SPELT = str.maketrans({"æ": "ae", "œ": "oe", "ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i"})
_SATURATION = 1.2
_LENGTH_SHARE = 0.75
"""BM25's k1 and b."""

_stemmer = Stemmer("english")
_alone = Lock()
"""A stemmer works for one thread at a time."""


def bm25(texts: Sequence[str], question: str) -> list[float]:
    """A score of each text, 0 where it shares no word with the question. How rare a word is, these texts say and no one else's."""
    asked = frozenset(terms(question))
    if not asked or not texts:
        return [0.0] * len(texts)
    found = [terms(text) for text in texts]
    counts = [Counter(term for term in part if term in asked) for part in found]
    having = Counter(term for count in counts for term in count)
    worth = {term: math.log(1 + (len(texts) - n + 0.5) / (n + 0.5)) for term, n in having.items()}
    usual = sum(map(len, found)) / len(texts) or 1.0
    return [_score(count, len(part) / usual, worth) for count, part in zip(counts, found, strict=True)]


def terms(text: str) -> list[str]:
    """The words of `text` as they are compared: in small letters, without accents and endings, none of the empty ones."""
    return [term for term in map(_term, _WORD.findall(text.casefold())) if term]


def _score(count: Counter[str], length: float, worth: dict[str, float]) -> float:
    damped = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * length)
    return sum(worth[term] * times * (_SATURATION + 1) / (times + damped) for term, times in count.items())


@lru_cache(maxsize=8_192)
def _term(word: str) -> str:
    if len(word) > _LONGEST or word in _EMPTY:
        return ""
    with _alone:
        return str(_stemmer.stemWord(word if word.isascii() else _folded(word)))


def _folded(word: str) -> str:
    """Without accents: "café" as "cafe"."""
    return "".join(part for part in unicodedata.normalize("NFKD", word) if not unicodedata.combining(part)).translate(_SPELT)
