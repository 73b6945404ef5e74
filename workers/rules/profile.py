"""Profile: statements into the fields of a schema, by meaning, where there is no language model to do it."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from schemas.memory import MemoryType
from schemas.profile_schema import Field

Vectors = NDArray[np.float32]
Statement = tuple[str, MemoryType]
Place = tuple[str, ...]
"""The way to a field: the names of the objects it lies in, then its own."""

ABOUT = 0.25
"""Cosine from which a statement may be about a field,"""
MARGIN = 0.1
"""and how near to the best field for it this one must be: a statement goes where it fits best."""
TYPE_BONUS = 0.15
"""What it is worth, in cosine, that a field asks for statements of a type: a goal seldom holds the word."""
TEXTS_MAX = 8
"""Statements in one list."""
_SOMEBODY = re.compile(r"\b(?:(?:the|a|this) )?(?:user|person|customer|client|human)(?:'s|s)?\b", re.IGNORECASE)
_OF_TYPE = {
    MemoryType.GOAL: re.compile(r"\b(?:goals?|plans?|aims?|intentions?|wants? to|trying to)\b", re.IGNORECASE),
    MemoryType.RELATIONSHIP: re.compile(r"\b(?:family|relatives?|relationships?|friends?|partner|pets?)\b", re.IGNORECASE),
}
_NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?![\w.]*\w)")


def leaves(fields: Sequence[Field], within: Place = ()) -> Iterator[tuple[Place, Field]]:
    """The fields that hold something themselves. Lists of objects, and yes or no, take more than statements: they stay empty."""
    for field in fields:
        place = (*within, field.name)
        if field.kind == "object":
            yield from leaves(field.fields, place)
        elif field.kind != "boolean" and not (field.kind == "array" and field.items in ("object", "boolean")):
            yield place, field


def asked(place: Place, field: Field) -> str:
    """What is embedded of a field: its name and what it means, without the one it is about, who is in every statement."""
    name = " ".join(place).replace("_", " ")
    return " ".join(_SOMEBODY.sub("", f"{name}: {field.description}").split())


def filled(places: Sequence[tuple[Place, Field]], asking: Vectors, statements: Sequence[Statement], vectors: Vectors) -> dict[str, Any]:
    """The profile: of `asking` (m, dim) and `vectors` (n, dim), unit length, a row a field and a row a statement.

    A text is the statement that fits best, a list those that fit; a field with options takes one that a statement names, a number
    the one in a statement. What nothing fits is left out.
    """
    if not len(statements) or not len(places):
        return {}
    fits = vectors @ asking.T + _typed(places, [kind for _, kind in statements])
    fits[(fits < ABOUT) | (fits < fits.max(axis=1, keepdims=True) - MARGIN)] = -1.0
    profile: dict[str, Any] = {}
    for column, (place, field) in enumerate(places):
        order = [int(row) for row in np.argsort(-fits[:, column], kind="stable") if fits[row, column] > 0]
        value = _value(field, [statements[row][0] for row in order])
        if value is not None:
            _put(profile, place, value)
    return profile


def _typed(places: Sequence[tuple[Place, Field]], kinds: Sequence[MemoryType]) -> Vectors:
    """(n, m): TYPE_BONUS where a field asks for a statement's type."""
    texts = [asked(place, field) for place, field in places]
    wants = {kind: np.asarray([bool(cue.search(text)) for text in texts]) for kind, cue in _OF_TYPE.items()}
    none = np.zeros(len(texts), bool)
    return np.stack([wants.get(kind, none) for kind in kinds]).astype(np.float32) * TYPE_BONUS


def _value(field: Field, texts: Sequence[str]) -> Any:
    if field.kind != "array":
        return next(_values(field.kind, field.options, texts), None)
    return list(dict.fromkeys(_values(field.items, field.options, texts)))[:TEXTS_MAX] or None


def _values(kind: str, options: Sequence[str], texts: Sequence[str]) -> Iterator[Any]:
    """What the texts say, the best first."""
    for text in texts:
        if options:
            yield from (one for one in options if re.search(rf"\b{re.escape(one.replace('_', ' '))}\b", text, re.IGNORECASE))
        elif kind in ("number", "integer"):
            if (match := _NUMBER.search(text)) and (kind == "number" or "." not in match[0]):
                yield float(match[0]) if kind == "number" else int(match[0])
        else:
            yield text


def _put(profile: dict[str, Any], place: Place, value: Any) -> None:
    *objects, name = place
    for one in objects:
        profile = profile.setdefault(one, {})
    profile[name] = value
