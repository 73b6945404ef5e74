"""Needles: pieces of erased texts, kept as hashes only, and found again wherever the bytes stand as they were written."""

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

LENGTH = 24
"""Bytes of a piece. Shorter texts have none: "I like tea." stands in too many places."""
_LANES = LENGTH // 8
_FACTORS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)
_BITS = 20
Needle = tuple[int, str]
"""A quick hash of 64 bits, and a thorough one of 128 as hex."""


def needles(texts: Iterable[str]) -> list[Needle]:
    """Two of each text that is long enough: its end, and its middle. (Beginnings are often the same: "The user ...".)"""
    pieces = {piece: None for text in texts for piece in _pieces(text.encode("utf-8", "replace"))}
    return [(int(_quick(piece)[0]), _thorough(piece)) for piece in pieces]


def _pieces(text: bytes) -> list[bytes]:
    last = len(text) - LENGTH
    return [] if last < 0 else [text[place : place + LENGTH] for place in dict.fromkeys((last, last // 2))]


def _quick(data: bytes) -> NDArray[np.uint64]:
    """Of the piece at every place of `data`: (len(data) - LENGTH + 1,)."""
    places = len(data) - LENGTH + 1
    mixed = np.zeros(places, np.uint64)
    for lane, factor in zip(range(_LANES), _FACTORS, strict=True):
        words = np.ndarray((places,), "<u8", buffer=data, offset=8 * lane, strides=(1,))
        mixed ^= words * np.uint64(factor)
        mixed = (mixed << np.uint64(13)) | (mixed >> np.uint64(51))
    return mixed


def _thorough(piece: bytes) -> str:
    return blake2b(piece, digest_size=16).hexdigest()


class Haystack:
    """Looks for needles in bytes: some 50 MB a second, whatever their number."""

    def __init__(self, wanted: Sequence[Needle]) -> None:
        self._wanted = set(wanted)
        self._table = np.zeros(1 << _BITS, bool)
        self._table[[quick >> (64 - _BITS) for quick, _ in self._wanted]] = True

    def __len__(self) -> int:
        return len(self._wanted)

    def found(self, data: bytes) -> set[Needle]:
        """The needles that stand in `data`."""
        if len(data) < LENGTH or not self._wanted:
            return set()
        quick = _quick(data)
        places = np.flatnonzero(self._table[quick >> np.uint64(64 - _BITS)])
        near = {(int(quick[place]), _thorough(data[place : place + LENGTH])) for place in places}
        return near & self._wanted

    def without(self, gone: Iterable[Needle]) -> "Haystack":
        return Haystack(list(self._wanted - set(gone)))
