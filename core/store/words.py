"""Words: how well texts match a question's, by the rules of the full-text index; for those that are at hand anyway."""

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from Stemmer import Stemmer

Terms = NDArray[np.int64]
"""(n,) words of a text, hashed with this process' own key."""

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


def bm25(texts: Sequence[Terms], question: str) -> list[float]:
    """A score of each text, 0 where it shares no word with the question. How rare a word is, these texts say and no one else's."""
    asked = np.unique(hashed(question))
    if not len(asked) or not texts:
        return [0.0] * len(texts)
    lengths = np.fromiter(map(len, texts), np.int64, len(texts))
    times = _times(texts, lengths, asked)
    having = np.count_nonzero(times, axis=0)
    worth = np.log(1 + (len(texts) - having + 0.5) / (having + 0.5))
    damped = _SATURATION * (1 - _LENGTH_SHARE + _LENGTH_SHARE * lengths / (lengths.mean() or 1.0))
    scores: list[float] = (worth * times * (_SATURATION + 1) / (times + damped[:, None])).sum(axis=1).tolist()
    return scores


def _times(texts: Sequence[Terms], lengths: Terms, asked: Terms) -> Terms:
    """How often each text says each word that is asked for: (texts, asked)."""
    words = np.concatenate(texts)
    nearest = np.minimum(np.searchsorted(asked, words), len(asked) - 1)
    hits = np.flatnonzero(asked[nearest] == words)
    places = np.repeat(np.arange(len(texts)), lengths)[hits]
    return np.bincount(places * len(asked) + nearest[hits], minlength=len(texts) * len(asked)).reshape(len(texts), len(asked))


def hashed(text: str) -> Terms:
    """The `terms` of a text as hashes: as good for comparing, a tenth of the room, and nobody can read them."""
    return np.fromiter(map(hash, terms(text)), np.int64)


def terms(text: str) -> list[str]:
    """The words of `text` as they are compared: in small letters, without accents and endings, none of the empty ones."""
    return [term for term in map(_term, _WORD.findall(text.casefold())) if term]


@lru_cache(maxsize=8_192)
def _term(word: str) -> str:
    if len(word) > _LONGEST or word in _EMPTY:
        return ""
    with _alone:
        return str(_stemmer.stemWord(word if word.isascii() else _folded(word)))


def _folded(word: str) -> str:
    """Without accents: "café" as "cafe"."""
    return "".join(part for part in unicodedata.normalize("NFKD", word) if not unicodedata.combining(part)).translate(_SPELT)
