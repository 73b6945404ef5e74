"""Conversations and things said, as anybody may write them down: the fields of a queue message, and what others call them."""

from collections.abc import Iterator
from typing import Any

from cli.imports.message import Message, Unreadable, first, given, object_of, parts
from schemas.wire.queue import QueueMessage

_OURS = frozenset(QueueMessage.model_fields)
_TURNS = ("messages", "conversation", "turns")
_TEXT = ("content", "text", "memory")
_WHEN = ("timestamp", "created_at", "createdAt", "date")
_RUN = ("run_id", "conversation_id", "session_id")
_READ = {*_TURNS, *_TEXT, *_WHEN, *_RUN, "role", "name"}


def read(element: Any) -> Iterator[Message]:
    """A list of turns, a string, or an object with turns or a text; further fields become metadata."""
    if isinstance(element, list):
        yield from parts(_turn(turn) for turn in element)
    elif isinstance(element, str):
        yield {"content": element}
    else:
        yield from _said(object_of(element))


def _said(element: Message) -> Iterator[Message]:
    turns, text = first(element, _TURNS), first(element, _TEXT)
    if turns is None and text is None:
        raise Unreadable("it has neither messages nor content")
    known = {name: value for name, value in element.items() if name in _OURS - _READ and name != "metadata"}
    fields = given(run_id=first(element, _RUN), timestamp=first(element, _WHEN), metadata=_metadata(element)) | known
    if isinstance(turns, list):
        yield from _numbered(list(parts((_turn(turn) for turn in turns), **fields)))
    elif turns is not None:
        yield {"messages": turns, **fields}
    elif "role" in element:
        yield {"messages": [given(role=element["role"], content=text, name=element.get("name"))], **fields}
    else:
        yield {"content": text, **fields}


def _numbered(messages: list[Message]) -> Iterator[Message]:
    """A key that the file gives a whole conversation, for each of its parts."""
    for number, message in enumerate(messages):
        key = message.get("idempotency_key")
        yield message if key is None or len(messages) == 1 else {**message, "idempotency_key": f"{key}.{number}"}


def _turn(turn: Any) -> Any:
    if not isinstance(turn, dict):
        return turn
    when = first(turn, _WHEN)
    return {**given(role=turn.get("role"), name=turn.get("name"), timestamp=when), "content": first(turn, ("content", "text"))}


def _metadata(element: Message) -> Message | None:
    own = element.get("metadata")
    more = {name: value for name, value in element.items() if name not in _OURS | _READ}
    return ({**more, **own} if isinstance(own, dict) else {**more, **given(metadata=own)}) or None
