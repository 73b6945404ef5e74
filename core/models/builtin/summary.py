"""Summary without a language model: the statements that say the most of all, as they are."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


def central(vectors: Vectors, count: int, *, same: float = 0.9) -> list[int]:
    """Up to `count` rows that together say the most of all: the most central first, none nearly the same as one before it."""
    middle = vectors.mean(axis=0)
    chosen: list[int] = []
    for row in np.argsort(-(vectors @ middle), kind="stable"):
        if len(chosen) < count and all(float(vectors[row] @ vectors[other]) < same for other in chosen):
            chosen.append(int(row))
    return chosen


def summary(statements: Sequence[str], most_chars: int) -> str:
    """Statements as one text, in order, as many whole ones as fit; the first always."""
    text = statements[0].strip()
    for statement in statements[1:]:
        joined = f"{text if text.endswith(('.', '!', '?')) else text + '.'} {statement.strip()}"
        if len(joined) > most_chars:
            break
        text = joined
    return text


def covering(vectors: Vectors, weights: NDArray[np.float32], count: int) -> list[int]:
    """Up to `count` rows that stand for the most of what all say, the one that adds most first.

    Each row is as well covered as it is similar to the nearest one chosen, and counts by its weight, (n,) of 0..1 (Lin and
    Bilmes, "A class of submodular functions for document summarization"). Stops where another one would add nothing.
    """
    similar = np.clip(vectors @ vectors.T, 0.0, 1.0)
    covered = np.zeros(len(vectors), np.float32)
    chosen: list[int] = []
    while len(chosen) < min(count, len(vectors)):
        gains = weights @ np.maximum(similar - covered[:, None], 0.0)
        best = int(np.argmax(gains))
        if gains[best] <= 0.0:
            break
        chosen.append(best)
        covered = np.maximum(covered, similar[:, best])
    return chosen
