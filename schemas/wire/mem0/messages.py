"""Mem0's messages in all the forms its clients send them, and the text we keep of them."""

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from schemas.message import Message

_CONTENT = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "object"}}], "examples": ["I moved to Berlin."]}


class MessageIn(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    role: str = "user"
    """user, assistant or system."""
    content: Annotated[Any, WithJsonSchema(_CONTENT)] = None
    """Text, or a list of parts of which the text ones are kept."""
    name: str | None = None
    """Who spoke, where a conversation has several people."""


def listed(value: object) -> object:
    """A list of messages: of a list, of one message, or of a string, which a user said. Raises ValueError if there is nothing in it."""
    messages = value if isinstance(value, list) else [value]
    messages = [{"role": "user", "content": one} if isinstance(one, str) else one for one in messages]
    if all(_empty(one) for one in messages):
        raise ValueError("messages must not be empty")
    return messages


Messages = Annotated[list[MessageIn], BeforeValidator(listed)]


def spoken(messages: Iterable[MessageIn], *, infer: bool) -> tuple[Message, ...]:
    """The messages that hold text. Stored word for word (infer=False), only what user and assistant said counts."""
    kept = (
        Message(role=one.role, content=text, name=one.name, said_at=getattr(one, "timestamp", None))
        for one in messages
        if (text := _text(one.content))
    )
    return tuple(message for message in kept if infer or message.role in ("user", "assistant"))


def _text(content: object) -> str:
    """The text in a message's content; of a list of parts the text ones, a line each; nothing for images and the like."""
    if isinstance(content, list):
        return "\n".join(text for part in content if (text := _text(part)))
    if isinstance(content, dict):
        content = content.get("text") if content.get("type", "text") == "text" else None
    return content if isinstance(content, str) and content.strip() else ""


def _empty(message: object) -> bool:
    """Whether it holds nothing at all; content that is no text is not nothing, it only leaves no memory."""
    if not isinstance(message, dict):
        return not message
    content = message.get("content")
    return not content.strip() if isinstance(content, str) else not content and set(message) <= {"role", "content", "name"}
