"""Metadata as the store keeps it: the whole object as JSON, and its top-level entries as strings a filter can look for.

An entry `{"color": "red"}` becomes the strings `"color"` (it is there) and `"color"="red"`; an entry `{"on": ["a", "b"]}`
becomes `"on"`, `"on"=["a","b"]`, `"on"[]"a"` and `"on"[]"b"`. Key and value are JSON, so no choice of either makes two
entries look like one, and none holds a line break.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

TEXT_MAX = 500
"""Longest text, in characters, that may be looked for inside metadata values."""
_UNITS = r'(?:[^\\"]|\\.)*?'
"""Whole characters of a JSON string, escapes undivided: what may stand before the text looked for."""


def dump(metadata: Mapping[str, Any]) -> str:
    """The object as JSON, ASCII."""
    return json.dumps(dict(metadata), separators=(",", ":"), default=str)


def load(text: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def entries(metadata: Mapping[str, Any]) -> list[str]:
    """The strings that stand for the metadata's top-level entries; nulls and nested objects only say that they are there."""
    return list(dict.fromkeys(line for key, value in metadata.items() for line in _lines(key, value)))


def _lines(key: str, value: Any) -> Iterator[str]:
    if value is None:
        return
    yield present(key)
    if isinstance(value, Mapping):
        return
    yield equal(key, value)
    if isinstance(value, list | tuple):
        yield from (element(key, item) for item in value if not isinstance(item, Mapping))


def present(key: str) -> str:
    """The string of every entry `key` that is not null."""
    return _json(key)


def equal(key: str, value: Any) -> str:
    """The string of the entry `key` with exactly this value, a scalar or a list; 1 and 1.0 are one, 1 and true are two."""
    return f"{_json(key)}={_json(_plain(value))}"


def element(key: str, value: Any) -> str:
    """The string of a list `key` that has this element."""
    return f"{_json(key)}[]{_json(_plain(value))}"


def text_within(key: str, text: str, *, fold_case: bool) -> str:
    """A regular expression (Rust's dialect) for the entries, joined by line breaks: true where `key` is a text with `text` in it.

    With `fold_case`, also where it is a list with an element that is `text` but for case.
    """
    name, part = re.escape(_json(key)), re.escape(_json(text)[1:-1])
    if not fold_case:
        return f'(?m)^{name}="{_UNITS}{part}'
    return f'(?m)^{name}(?:="{_UNITS}(?i:{part})|\\[\\]"(?i:{part})"$)'


def _plain(value: Any) -> Any:
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(item) for item in value]
    return value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True, default=str)
