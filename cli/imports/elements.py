"""Elements: a file's JSON values one after another, never all at once, and what is broken with its place."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Any

import orjson

from cli.imports.message import PART_TURNS
from cli.imports.shape import LINES, Shape

LINE_MAX_BYTES = 64 * 1024 * 1024
"""Longest line that is read: an element must fit into memory."""
_SKIP_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Element:
    place: str
    """For people: "line 12", "element 3"."""
    value: Any = None
    problem: str | None = None
    """Why there is no value."""


def elements(stream: IO[bytes], shape: Shape) -> Iterator[Element]:
    """The values in order. What follows broken JSON in an array can't be found any more; a broken line is one line."""
    if shape.path == LINES:
        return _lines(stream)
    found = _items(stream, shape.path)
    return _grouped(found) if shape.of_turns else found


def _lines(stream: IO[bytes]) -> Iterator[Element]:
    number = 0
    while line := stream.readline(LINE_MAX_BYTES):
        number += 1
        if len(line) == LINE_MAX_BYTES:
            _skip_line(stream)
            yield Element(f"line {number}", problem=f"a line may have at most {LINE_MAX_BYTES} bytes")
        elif number == 1 and _opens(line):
            yield from _whole(line + stream.read(LINE_MAX_BYTES))
        elif line.strip():
            yield _parsed(f"line {number}", line)


def _opens(line: bytes) -> bool:
    """Whether the file is one value over many lines."""
    return line.strip() in (b"{", b"[")


def _whole(text: bytes) -> Iterator[Element]:
    yield _parsed("the file", text)


def _skip_line(stream: IO[bytes]) -> None:
    while (piece := stream.readline(_SKIP_BYTES)) and not piece.endswith(b"\n"):
        pass


def _parsed(place: str, text: bytes) -> Element:
    try:
        return Element(place, orjson.loads(text))
    except orjson.JSONDecodeError as error:
        return Element(place, problem=f"it is not valid JSON: {error.msg} at character {error.pos}")


def _items(stream: IO[bytes], path: str) -> Iterator[Element]:
    import ijson

    number = 0
    try:
        for number, value in enumerate(ijson.items(stream, path, use_float=True), 1):
            yield Element(f"element {number}", value)
    except (ijson.JSONError, ValueError) as error:
        words = str(error).partition("\n")[0]
        yield Element(f"after element {number}", problem=f"the JSON breaks off here, and nothing behind it was read: {words}")


def _grouped(turns: Iterator[Element]) -> Iterator[Element]:
    """Turns of one conversation, so many at a time that they are understood together."""
    group: list[Element] = []
    for turn in turns:
        if turn.problem is None:
            group.append(turn)
        if group and (turn.problem is not None or len(group) == PART_TURNS):
            yield _together(group)
            group = []
        if turn.problem is not None:
            yield turn
    if group:
        yield _together(group)


def _together(group: list[Element]) -> Element:
    return Element(f"{group[0].place} to {group[-1].place.rpartition(' ')[2]}", [turn.value for turn in group])
