"""What readers make of a file: messages as the queue takes them, and words for what they can't read."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

PART_TURNS = 20
"""Most turns of a conversation in one message: enough to understand them by, and few enough to be handled side by side."""

Message = dict[str, Any]
"""The fields of schemas.wire.queue.QueueMessage, or a line of an export of ours."""


class Unreadable(Exception):
    """An element that is none of its format. Its text says why, in words that hold nothing of it."""


def parts(turns: Iterable[Message], **fields: Any) -> Iterator[Message]:
    """A conversation as messages of at most PART_TURNS turns each, in order; `fields` go with each, but for those that are None."""
    rest = iter(turns)
    while part := list(islice(rest, PART_TURNS)):
        yield {"messages": part, **given(**fields)}


def given(**fields: Any) -> Message:
    """The fields that say something."""
    return {name: value for name, value in fields.items() if value not in (None, "", {}, [])}


def first(element: Message, names: Sequence[str]) -> Any:
    """The first of these fields that says something, whatever their exporter called it."""
    return next((value for name in names if (value := element.get(name)) not in (None, "", [], {})), None)


def object_of(element: Any) -> Message:
    """The element, if it is a JSON object. Raises Unreadable."""
    if not isinstance(element, dict):
        raise Unreadable("it is no JSON object")
    return element
