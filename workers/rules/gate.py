"""Gate: which of many patterns may match a text, told by its words, without trying them one by one."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from re import _constants as ops  # type: ignore[attr-defined]  # what CPython reads patterns with; a test holds it to its promise
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_WORD = re.compile(r"\w+")
_WORDS_REMEMBERED = 20_000
_REMEMBERED_CHARS = 40
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT)


class Gate:
    """Of case-insensitive patterns, those worth trying.

    Every match of a pattern holds one of a few pieces of words, its anchors: "love" or "like", say. A text none of whose
    words has one in it need not be searched.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        self._anchors = [anchors(pattern) for pattern in patterns]
        self._always = frozenset(place for place, some in enumerate(self._anchors) if not some)
        self._all = frozenset(range(len(patterns)))
        self._remembered = lru_cache(maxsize=_WORDS_REMEMBERED)(self._of_word)

    def open(self, text: str) -> frozenset[int]:
        """Places of the patterns that may match anywhere in the text."""
        if not text.isascii():  # some letters beyond ASCII match one of it
            return self._all
        words = set(_WORD.findall(text.lower()))
        return self._always.union(*(self._remembered(word) if len(word) <= _REMEMBERED_CHARS else self._of_word(word) for word in words))

    def _of_word(self, word: str) -> frozenset[int]:
        return frozenset(place for place, some in enumerate(self._anchors) if any(anchor in word for anchor in some))


def anchors(pattern: str) -> frozenset[str]:
    """Pieces of words in lower case, one of which is in every match; none where there are no such pieces."""
    return _required(parser.parse(pattern, re.IGNORECASE))


def _required(sequence: Iterable[tuple[Any, Any]]) -> frozenset[str]:
    """Of all that must be there one after the other, what tells most."""
    found, run = [], ""
    for op, what in sequence:
        if op is ops.LITERAL:
            run += chr(what).lower()
            continue
        found += [_pieces(run), _of(op, what)]
        run = ""
    return max([*found, _pieces(run)], key=lambda some: min(map(len, some), default=0))


def _of(op: Any, what: Any) -> frozenset[str]:
    if op is ops.SUBPATTERN:
        return _required(what[-1])
    if op in _REPEATS and what[0] > 0:
        return _required(what[-1])
    if op is ops.BRANCH:
        branches = [_required(branch) for branch in what[-1]]
        return frozenset().union(*branches) if all(branches) else frozenset()
    return frozenset()


def _pieces(run: str) -> frozenset[str]:
    return frozenset(sorted(_WORD.findall(run), key=len)[-1:])
