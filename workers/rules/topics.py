"""Topics: whether a memory is about what an application asked for, by the meaning of both."""

import re

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
Vectors = NDArray[np.float32]

ABOUT = 0.25
"""Cosine from which a MiniLM statement is about a topic of a word or two; most unrelated pairs stay below 0.2."""
MOST = 32
"""Topics of one wish."""
_BETWEEN = re.compile(r"\s*(?:[,;/|\n]|\b(?:and|or|as well as)\b)\s*", re.IGNORECASE)
_LEAD = re.compile(
    r"^(?:(?:please|only|just|any|all|everything|anything|things?|the|their|my|user'?s?|about|related to"
    r"|regarding|concerning|on|information"
    r"|details|facts|store|keep|remember|include|exclude|save)\s+)+",
    re.IGNORECASE,
)


def split(wish: str) -> list[str]:
    """The topics a wish names, each worth a vector of its own: "only allergies and diet" -> "allergies", "diet"; at most 32."""
    parts = (_LEAD.sub("", part.strip(" .")) for part in _BETWEEN.split(wish[:2000]))
    return list(dict.fromkeys(part for part in parts if part))[:MOST]


def matches(vector: Vector, topics: Vectors, *, threshold: float = ABOUT) -> bool:
    """Whether a text of `vector` (dim,) is about any of `topics` (n, dim); float32 of unit length. No topics match nothing."""
    return bool(len(topics)) and bool(np.max(topics @ vector) >= threshold)
