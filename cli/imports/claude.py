"""Claude's export: conversations with their chat_messages."""

from collections.abc import Iterator
from typing import Any

from cli.imports.message import Message, Unreadable, given, object_of, parts

_ROLES = {"human": "user", "user": "user", "assistant": "assistant"}


def read(element: Any) -> Iterator[Message]:
    """What was said, with its times; not what tools and attachments hold."""
    conversation = object_of(element)
    said = conversation.get("chat_messages")
    if not isinstance(said, list):
        raise Unreadable("it has no chat_messages: it is no conversation of Claude's export")
    turns = (turn for message in said if isinstance(message, dict) and (turn := _turn(message)) is not None)
    yield from parts(
        turns,
        run_id=conversation.get("uuid"),
        timestamp=conversation.get("created_at"),
        metadata=given(title=conversation.get("name"), source="claude"),
    )


def _turn(message: Message) -> Message | None:
    role, text = _ROLES.get(str(message.get("sender"))), _text(message)
    return given(role=role, content=text, timestamp=message.get("created_at")) if role and text.strip() else None


def _text(message: Message) -> str:
    """Newer exports have blocks, older ones a text."""
    blocks = message.get("content")
    texts = (
        [block.get("text") for block in blocks if isinstance(block, dict) and block.get("type") == "text"]
        if isinstance(blocks, list)
        else []
    )
    whole = "\n".join(text for text in texts if isinstance(text, str))
    return whole if whole.strip() else str(message.get("text") or "")
