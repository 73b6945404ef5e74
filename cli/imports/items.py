"""Items: what is sent of a file, in order, each with its number, so that a second run sends the same again or nothing."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import orjson

from cli.imports.elements import Element, elements
from cli.imports.formats import Format, format_of
from cli.imports.message import Message, Unreadable
from cli.imports.shape import shape_of
from cli.imports.source import Source
from cli.refusal import Refused
from schemas.portable import is_line

_SHOWN_BYTES = 100


@dataclass(frozen=True, slots=True)
class Choices:
    """What the command line says about every message; None leaves it to the file."""

    format: str | None = None
    user: str | None = None
    agent: str | None = None
    infer: bool | None = None
    salt: str = ""
    """Another one makes everything new: nothing of it was imported before."""


@dataclass(frozen=True, slots=True)
class Item:
    """A message as a line of NDJSON without its newline, or why there is none."""

    number: int
    place: str
    body: bytes = b""
    problem: str | None = None


def format_in(sources: Iterable[Source], choices: Choices) -> Format:
    """The format of all of them. Raises Refused when it is not known, or does not say whose the memories are and nobody else does."""
    first = next(iter(sources))
    if not first.head.strip():
        raise Refused("there is nothing in it")
    format = format_of(shape_of(first.head), choices.format)
    if format.of_nobody and not (choices.user or choices.agent):
        raise Refused(f"an export of this kind ({format.name}) does not say whose it is: --user NAME")
    return format


def items(sources: Iterable[Source], format: Format, choices: Choices) -> Iterator[Item]:
    """Of all sources one after another, numbered from 1."""
    number = 0
    for source in sources:
        for element in elements(source.open(), shape_of(source.head)):
            for body, problem in _messages(element, format, choices, number):
                number += 1
                yield Item(number, element.place, body, problem)


def _messages(element: Element, format: Format, choices: Choices, before: int) -> Iterator[tuple[bytes, str | None]]:
    if element.problem is not None:
        yield b"", element.problem
        return
    try:
        for ordinal, message in enumerate(format.read(element.value), before + 1):
            yield _line(message, choices, ordinal), None
    except (Unreadable, TypeError) as error:  # orjson's TypeError: text that is no Unicode
        yield b"", str(error)[:_SHOWN_BYTES]


def _line(message: Message, choices: Choices, number: int) -> bytes:
    """As JSON, with a key of its place and its content where it has none."""
    if is_line(message):
        return orjson.dumps(message)
    chosen = {"user_id": choices.user, "agent_id": choices.agent}
    missing: dict[str, Any] = {name: value for name, value in chosen.items() if value and not message.get(name)}
    message = {**message, **missing, **({} if choices.infer is None else {"infer": choices.infer})}
    body = orjson.dumps(message)
    digest = blake2b(body, digest_size=16).hexdigest()
    return orjson.dumps({"idempotency_key": f"import:{choices.salt}:{number}:{digest}", **message})
