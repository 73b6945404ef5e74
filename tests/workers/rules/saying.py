"""Saying something and seeing what is remembered: what the tests of the rules share."""

from datetime import UTC, datetime

from schemas.message import Message
from workers.rules.statements import Extraction, extract

SAID_AT = datetime(2026, 3, 14, 12, tzinfo=UTC)
"""A Saturday."""


def user(content: str, name: str | None = None) -> Message:
    return Message(role="user", content=content, name=name)


def assistant(content: str) -> Message:
    return Message(role="assistant", content=content)


def heard(*messages: Message | str) -> Extraction:
    """What is made of the messages; a plain text is the user's."""
    spoken = [user(message) if isinstance(message, str) else message for message in messages]
    return extract(spoken, said_at=SAID_AT)


def remembered(*messages: Message | str) -> list[str]:
    return [statement.text for statement in heard(*messages).statements]


def reasons(*messages: Message | str) -> list[str]:
    return [piece.reason for piece in heard(*messages).nothing]
