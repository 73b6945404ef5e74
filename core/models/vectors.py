"""Vectors: what embedders give, and the recent ones of queries."""

from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
"""(dim,) float32, unit length."""
Vectors = NDArray[np.float32]
"""(n, dim) float32, each row of unit length."""


@dataclass(slots=True)
class RecentVectors:
    """The vectors of the last `size` texts asked for; they are shared, so they can't be written to."""

    size: int = 512
    _vectors: OrderedDict[str, Vector] = field(default_factory=OrderedDict)

    def get(self, text: str) -> Vector | None:
        vector = self._vectors.get(text)
        if vector is not None:
            self._vectors.move_to_end(text)
        return vector

    def keep(self, text: str, vector: Vector) -> Vector:
        """Remembers it, forgets the one not asked for the longest, and gives it back."""
        vector.setflags(write=False)
        self._vectors[text] = vector
        if len(self._vectors) > self.size:
            self._vectors.popitem(last=False)
        return vector
