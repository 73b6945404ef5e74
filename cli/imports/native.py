"""Our own export: every line is restored as it is, its memory's history and links with it."""

from collections.abc import Iterator
from typing import Any

from cli.imports.message import Message, Unreadable
from schemas.portable import is_line


def read(element: Any) -> Iterator[Message]:
    if not is_line(element):
        raise Unreadable("it is no line of an export")
    yield element
