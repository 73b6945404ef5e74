"""Clusters: which memories are about the same."""

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]

_BLOCK = 1_024
"""Rows compared with all others at once."""


def clusters(vectors: Vectors, *, similarity: float, least: int, most: int) -> list[list[int]]:
    """Groups of `least` to `most` rows of the (n, dim) unit vectors, each row in one group at most.

    A group is a star: a row and those at least so similar to it, the nearest first. The row with most around it comes first
    (Aslam, Pelekhov and Rus, "The star clustering algorithm"). Unlike chains, a star never joins what has nothing in common.
    """
    free = np.ones(len(vectors), bool)
    degrees = _degrees(vectors, similarity)
    found = []
    for centre in np.argsort(-degrees, kind="stable"):
        if not free[centre] or degrees[centre] < least:
            continue
        near = vectors @ vectors[centre]
        near[~free] = -1.0
        near[centre] = 2.0  # its own middle, whatever rounding says
        order = np.argsort(-near, kind="stable")[:most]
        star = [int(row) for row in order if near[row] >= similarity]
        if len(star) >= least:
            free[star] = False
            found.append(star)
    return found


def _degrees(vectors: Vectors, similarity: float) -> NDArray[np.int64]:
    """How many rows, itself included, are at least so similar to each."""
    blocks = [vectors[start : start + _BLOCK] @ vectors.T >= similarity for start in range(0, len(vectors), _BLOCK)]
    return np.concatenate([block.sum(axis=1) for block in blocks]) if blocks else np.empty(0, np.int64)
