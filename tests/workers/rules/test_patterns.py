"""No words make a pattern run away: each of ours, over repetitions of the very words it is made of."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import fields, is_dataclass

import pytest

_WORD = re.compile(r"[A-Za-z']+|[^\w\s\\]")
_ESCAPED = re.compile(r"\\[A-Za-z]")
_BASE = (" ", "\t", "\n", "a", "a ", "A ", "1", ". ", ", ", "-", '"', "really ", "Anna ")
_TIMES = 40
"""A pattern with two ways to read a word has 2 ** 40 ways to read so many of them."""
_DEPTH = 4


def patterns() -> list[re.Pattern[str]]:
    """All compiled patterns that read what somebody else wrote."""
    found: dict[tuple[str, int], re.Pattern[str]] = {}
    for package in ("workers.rules", "workers.stages", "query", "schemas.wire", "core.web", "core.store"):
        for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
            for value in vars(importlib.import_module(module.name)).values():
                found.update({(one.pattern, one.flags): one for one in _within(value, _DEPTH)})
    return list(found.values())


def _within(value: object, depth: int) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif depth and isinstance(value, dict):
        yield from (one for part in value.values() for one in _within(part, depth - 1))
    elif depth and isinstance(value, list | tuple | set | frozenset):
        yield from (one for part in value for one in _within(part, depth - 1))
    elif depth and is_dataclass(value) and not isinstance(value, type):
        yield from (one for field in fields(value) for one in _within(getattr(value, field.name, None), depth - 1))


def attacks(pattern: str) -> Iterator[str]:
    words = dict.fromkeys(_WORD.findall(_ESCAPED.sub(" ", pattern)))
    for piece in (*_BASE, *(f"{word} " for word in words)):
        for before in ("", "I ", "The user "):
            yield f"{before}{piece * _TIMES}\0"


@pytest.mark.timeout(100)
def test_no_pattern_has_two_ways_to_read_the_same_words() -> None:
    """One that has would be here for years: "I usually usually usually ..." once stopped a worker."""
    ours = patterns()
    assert len(ours) > 200
    for pattern in ours:
        for text in attacks(pattern.pattern):
            pattern.search(text)
            pattern.fullmatch(text)
