"""Whatever holds users' words is known to erasure: a new table, or a new family of keys, has to be named in workers/erasure/places.py."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.store.tables import schemas
from workers.erasure.places import PLACES, WORDLESS_KEYS, WORDLESS_TABLES

ROOT = Path(__file__).resolve().parent.parent.parent
FAMILY = re.compile(r"(?:mneme[:.]|arq:)[a-z][a-z.:_-]*")
NO_KEYS = ("mneme.ndjson", "mneme.events")
"""Spelled like keys, and none: a media type; what other brokers than our Redis call the stream of events, and we publish and never read."""


def literals(path: Path) -> Iterator[str]:
    """Texts a source spells out, and what those begin with that it puts together."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def families() -> set[str]:
    sources = [path for package in ("core", "ingest", "query", "workers", "cli") for path in (ROOT / package).rglob("*.py")]
    sources = [path for path in sources if "erasure" not in path.parts and FAMILY.search(path.read_text())]
    found = {text for path in sources for text in literals(path) if FAMILY.fullmatch(text)}
    found |= {text for path in ROOT.glob("core/**/*.lua") for text in re.findall(rf"'({FAMILY.pattern})'", path.read_text())}
    return found - set(NO_KEYS)


def known(key: str) -> bool:
    """Whether some place names it, or it is known to hold nobody's words."""
    return any(key.startswith(prefix) for prefix in (*WORDLESS_KEYS, *(prefix for place in PLACES for prefix in place.keys)))


def test_every_table_is_erased_from_or_holds_nobodys_words() -> None:
    kinds = {name.partition("_")[0] for name in (*schemas(2, 8), "meta")}
    erased = [kind for place in PLACES for kind in place.tables]
    assert sorted([*erased, *WORDLESS_TABLES]) == sorted(kinds)


def test_every_family_of_keys_is_erased_from_or_holds_nobodys_words() -> None:
    found = sorted(families())
    assert len(found) > 20
    assert [family for family in found if not known(family)] == []


@pytest.mark.parametrize("stranger", ["mneme:receipt", "mneme:diary:", "mneme:chatter:"])
def test_a_new_family_of_keys_would_be_noticed(stranger: str) -> None:
    assert FAMILY.fullmatch(stranger)
    assert not known(stranger)
