"""Shape: how a file is laid out, told by its beginning: a JSON value a line, or an array somewhere in one big value."""

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

LINES = ""
"""Path of a file that has an element a line, or is one element."""
_TURN = {"role", "content", "name", "timestamp"}
_AROUND = ("results", "memories", "memoryEntries", "documents", "conversations", "data", "items")
"""Names under which others put the array that counts."""
_ELEMENTS = {"id", "content", "memory", "messages", "mapping", "chat_messages"}
"""An object with one of these is an element itself, whatever arrays it holds."""
_LINES_TRIED = 8
"""The first of them may be broken."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`path` is where ijson finds the elements, LINES where each has a line of its own; `keys` are the first element's."""

    path: str
    keys: frozenset[str] = frozenset()
    bare: bool = False
    """The first element is no object, but a list or a string."""

    @property
    def of_turns(self) -> bool:
        """Whether the elements of an array are turns of one conversation."""
        return self.path != LINES and {"role", "content"} <= self.keys <= _TURN


def shape_of(head: bytes) -> Shape:
    """Of a file that begins with `head`, which may end anywhere."""
    first, *more = head.strip().split(b"\n", _LINES_TRIED)
    for line in (first, *more[:-1]) if more else ():
        if line[:1] in (b"{", b"[") and (element := _parsed(line)):
            return Shape(LINES, frozenset(element) if isinstance(element, dict) else frozenset(), bare=isinstance(element, list))
    return _inside(_events(head))


def _inside(events: Iterator[tuple[str, str, Any]]) -> Shape:
    """The keys of the first object of the array that holds the elements, else those of the one object there is."""
    path, keys, bare = LINES, set[str](), False
    for prefix, event, value in events:
        if event == "start_array" and path == LINES and (prefix == "" or (prefix in _AROUND and not keys & _ELEMENTS)):
            path, keys = f"{prefix}.item".lstrip("."), set[str]()
        elif event == "map_key" and prefix == path:
            keys.add(value)
        elif event in ("end_map", "start_array", "string") and prefix == path:
            bare = event != "end_map"
            break
    return Shape(path, frozenset(keys), bare)


def _events(head: bytes) -> Iterator[tuple[str, str, Any]]:
    import ijson

    try:
        yield from ijson.parse(io.BytesIO(head), multiple_values=True, use_float=True)
    except (ijson.JSONError, ValueError):
        return  # the head ends in the middle of something, or in text that is no Unicode


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None
