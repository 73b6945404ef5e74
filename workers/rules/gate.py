"""Gate: which of many patterns may match a text, told by its words, without trying them one by one."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache, reduce
from itertools import chain
from operator import or_
from re import _constants as ops  # type: ignore[attr-defined]  # what CPython reads patterns with; a test holds it to its promise
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

_WORD = re.compile(r"\w+")
_REMEMBERED = 20_000
_REMEMBERED_CHARS = 40
_REPEATS = (ops.MAX_REPEAT, ops.MIN_REPEAT)


class Gate:
    """Of case-insensitive patterns, those worth trying.

    Every match of a pattern holds, of each of a few sets of pieces of words, one: "live" or "work", say, and "with" or "at".
    A text whose words lack any of these sets need not be searched.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        needed = [anchors(pattern) for pattern in patterns]
        bits = {some: 1 << place for place, some in enumerate(dict.fromkeys(chain(*needed)))}
        self._needed = [sum(bits[some] for some in sets) for sets in needed]
        self._pieces: dict[str, int] = {}
        """By piece, a bit for each set it is in."""
        for some, bit in bits.items():
            for piece in some:
                self._pieces[piece] = self._pieces.get(piece, 0) | bit
        self._lengths = sorted(set(map(len, self._pieces)))
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._of_word)
        self._opened = lru_cache(maxsize=_REMEMBERED)(self._with)

    def open(self, text: str) -> Sequence[int]:
        """Places of the patterns that may match anywhere in the text, rising."""
        if not text.isascii():  # some letters beyond ASCII match one of it
            return range(len(self._needed))
        words = _WORD.findall(text.lower())
        return self._opened(
            reduce(or_, (self._remembered(word) if len(word) <= _REMEMBERED_CHARS else self._of_long(word) for word in words), 0)
        )

    def _of_long(self, word: str) -> int:
        return reduce(or_, (bits for piece, bits in self._pieces.items() if piece in word), 0)

    def _of_word(self, word: str) -> int:
        found = 0
        for length in self._lengths:
            for start in range(len(word) - length + 1):
                found |= self._pieces.get(word[start : start + length], 0)
        return found

    def _with(self, found: int) -> Sequence[int]:
        return [place for place, needed in enumerate(self._needed) if needed & found == needed]


def anchors(pattern: str) -> list[frozenset[str]]:
    """Sets of pieces of words in lower case: of each, one is in every match."""
    return list(dict.fromkeys(_required(parser.parse(pattern, re.IGNORECASE))))


def _required(sequence: Iterable[tuple[Any, Any]]) -> list[frozenset[str]]:
    """Of all that must be there one after the other."""
    found: list[frozenset[str]] = []
    run = ""
    for op, what in sequence:
        if op is ops.LITERAL:
            run += chr(what).lower()
            continue
        found += [*_pieces(run), *_of(op, what)]
        run = ""
    return [*found, *_pieces(run)]


def _of(op: Any, what: Any) -> list[frozenset[str]]:
    if op is ops.SUBPATTERN:
        return _required(what[-1])
    if op in _REPEATS and what[0] > 0:
        return _required(what[-1])
    if op is ops.BRANCH:
        branches = [max(_required(branch), key=_telling, default=frozenset[str]()) for branch in what[-1]]
        return [frozenset().union(*branches)] if all(branches) else []
    return []


def _telling(some: frozenset[str]) -> int:
    """The longer its shortest piece, the more rarely one of them is there."""
    return min(map(len, some))


def _pieces(run: str) -> list[frozenset[str]]:
    return [frozenset({word}) for word in _WORD.findall(run)]
