"""Codes: a memory's vector in eight bits a number, at the end of its body, so that a search reads one column of a row and not two.

A code of P numbers, `dim` and zeros up to a multiple of three, is P characters of their upper six bits and P / 3 of their lower two: of
the numbers at p, p + P / 3 and p + 2 P / 3. Each character is one of the 64 from "#" on, without the backslash: JSON escapes none of them.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Numbers = NDArray[np.int8]

_BEFORE, _AFTER = ',"near":"', '"}'
_LEVELS = 127
_FIRST, _BACKSLASH = ord("#"), ord("\\")


def code_chars(dimension: int) -> int:
    """How many characters longer a body is for the code."""
    return 4 * _third(dimension) + len(_BEFORE) + 1


def with_codes(bodies: Sequence[str], vectors: Vector) -> list[str]:
    """The bodies, JSON objects, each with the code of its row of (n, dim) vectors as its last member."""
    text, size = _written(in_eight_bits(vectors)), 4 * _third(vectors.shape[1])
    return [f"{body[:-1]}{_BEFORE}{text[at * size : (at + 1) * size]}{_AFTER}" for at, body in enumerate(bodies)]


def in_eight_bits(vectors: Vector) -> Numbers:
    """(n, dim) vectors as `numbers_of` gives them."""
    highest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True, initial=0.0), np.finfo(np.float32).tiny)
    found: Numbers = np.rint(vectors / highest * _LEVELS).astype(np.int8)
    return found


def numbers_of(bodies: Sequence[str], dimension: int) -> Numbers | None:
    """The (n, dim) vectors in bodies, eight bits a number and of any length; None where an older version wrote one, without a code."""
    start = -4 * _third(dimension) - len(_AFTER)
    if not all(body.endswith(_AFTER) and body[start - len(_BEFORE) : start] == _BEFORE for body in bodies):
        return None
    text = "".join(body[start : -len(_AFTER)] for body in bodies)
    return _numbers(text, len(bodies), _third(dimension))[:, :dimension]


def of_length_one(numbers: Numbers) -> Vector:
    """The (n, dim) unit vectors of `numbers_of`, cosines with them right to some .001."""
    found = numbers.astype(np.float32)
    found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1.0)
    return found


def _third(dimension: int) -> int:
    return -(-dimension // 3)


def _written(numbers: Numbers) -> str:
    third = _third(numbers.shape[1])
    bits = np.pad(numbers.view(np.uint8), ((0, 0), (0, 3 * third - numbers.shape[1])))
    low = bits & 3
    six = np.concatenate([bits >> 2, low[:, :third] | low[:, third : 2 * third] << 2 | low[:, 2 * third :] << 4], axis=1) + _FIRST
    return (six + (six >= _BACKSLASH)).astype(np.uint8).tobytes().decode("ascii")


def _numbers(text: str, count: int, third: int) -> Numbers:
    read = np.frombuffer(text.encode("ascii"), np.uint8).reshape(count, 4 * third)
    six = read - (read > _BACKSLASH) - np.uint8(_FIRST)
    high, low = six[:, : 3 * third] << 2, six[:, 3 * third :]
    high |= np.concatenate([low & 3, low >> 2 & 3, low >> 4], axis=1)
    return high.view(np.int8)
