"""Formats: every kind of file that can be imported, each with its reader."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from cli.imports import chatgpt, claude, conversations, mem0, native, supermemory
from cli.imports.message import Message
from cli.imports.shape import Shape
from cli.refusal import Refused

_SUPERMEMORY = {"containerTag", "containerTags", "spaceContainerTag", "customId", "memoryEntries", "isForgotten"}


@dataclass(frozen=True, slots=True)
class Format:
    """`read` makes messages of an element, or raises Unreadable; pure."""

    name: str
    about: str
    read: Callable[[Any], Iterator[Message]]
    recognises: Callable[[Shape], bool]
    of_nobody: bool = False
    """It never says whose memories they are: --user has to."""


FORMATS = (
    Format("mneme", "`mneme export`", native.read, lambda shape: {"kind", "format"} <= shape.keys),
    Format("chatgpt", "ChatGPT's conversations.json, or the .zip", chatgpt.read, lambda shape: "mapping" in shape.keys, of_nobody=True),
    Format("claude", "Claude's conversations.json, or the .zip", claude.read, lambda shape: "chat_messages" in shape.keys, of_nobody=True),
    Format("supermemory", "Supermemory's documents or memories", supermemory.read, lambda shape: bool(_SUPERMEMORY & shape.keys)),
    Format("mem0", "Mem0's memories", mem0.read, lambda shape: "memory" in shape.keys),
    Format("conversations", "messages, one JSON value a line or in an array", conversations.read, lambda shape: _said(shape)),
)
"""The first that recognises a file reads it."""


def format_of(shape: Shape, name: str | None) -> Format:
    """The format of this name, or the one the shape tells. Raises Refused."""
    found = next((one for one in FORMATS if (one.name == name if name else one.recognises(shape))), None)
    if found is None:
        known = "; ".join(f"{one.name} ({one.about})" for one in FORMATS)
        problem = f"there is no format {name}" if name else "it is in no format that is known here"
        raise Refused(f"{problem}. Formats: {known}")
    return found


def _said(shape: Shape) -> bool:
    """Bare lists of turns, and objects with something said in them."""
    return shape.bare or bool({"messages", "conversation", "turns", "content", "text", "role"} & shape.keys)
