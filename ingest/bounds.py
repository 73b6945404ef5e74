"""Bounds of what a client may send, the same for every dialect."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from core.settings import Settings
from schemas.errors import BadInput, TooLarge
from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.wire.mem0.conditions import ENTITIES

NAME_MAX_BYTES = 512
"""Longest name of a user, agent, app or run, or of one who speaks, in UTF-8."""
GUIDANCE_MAX_CHARS = 20_000
"""Longest text that says what to remember, and all categories together: it goes before a model with every passage."""
CATEGORIES_MAX = 200


def check_messages(messages: Sequence[Message], metadata: Mapping[str, Any] | None, settings: Settings) -> None:
    """Nothing, or BadInput (none, too many, metadata too large) or TooLarge (one message too long)."""
    if not messages:
        raise BadInput("messages must not be empty", fields={"messages": ["must not be empty"]})
    if len(messages) > settings.batch_max_messages:
        problem = f"at most {settings.batch_max_messages} in one request"
        raise BadInput(f"too many messages: {problem}", fields={"messages": [problem]})
    for message in messages:
        check_text(message.content, settings)
        if _longer(message.role, NAME_MAX_BYTES) or _longer(message.name or "", NAME_MAX_BYTES):
            problem = f"a role and a name may have at most {NAME_MAX_BYTES} bytes"
            raise BadInput(f"messages: {problem}", fields={"messages": [problem]})
    check_metadata(metadata, settings)


def check_guidance(event: MessagesReceived) -> None:
    """Nothing, or BadInput: it says too much about what to remember and what not."""
    for field in ("includes", "excludes", "instructions"):
        if len(getattr(event, field) or "") > GUIDANCE_MAX_CHARS:
            raise BadInput(f"{field} may have at most {GUIDANCE_MAX_CHARS} characters", fields={field: ["is too long"]})
    categories = event.categories or {}
    if len(categories) > CATEGORIES_MAX or sum(len(name) + len(about) for name, about in categories.items()) > GUIDANCE_MAX_CHARS:
        problem = f"at most {CATEGORIES_MAX}, with {GUIDANCE_MAX_CHARS} characters together"
        raise BadInput(f"too many categories: {problem}", fields={"custom_categories": [problem]})


def check_text(text: str, settings: Settings) -> None:
    """Nothing, or TooLarge: `text` is over `message_max_bytes`."""
    if _longer(text, settings.message_max_bytes):
        raise TooLarge(f"a message may have at most {settings.message_max_bytes} bytes")


def check_metadata(metadata: Mapping[str, Any] | None, settings: Settings) -> None:
    """Nothing, or BadInput: `metadata` is over `metadata_max_bytes` as JSON, or is no JSON at all."""
    try:
        size = len(orjson.dumps(metadata)) if metadata else 0
    except TypeError as error:
        raise BadInput("metadata must be JSON", fields={"metadata": ["must be JSON"]}) from error
    if size > settings.metadata_max_bytes:
        problem = f"at most {settings.metadata_max_bytes} bytes as JSON"
        raise BadInput(f"metadata is too large: {problem}", fields={"metadata": [problem]})


def check_names(names: Mapping[str, str | None]) -> None:
    """Nothing, or BadInput: a name (wire field -> value, None where absent) is blank or over NAME_MAX_BYTES."""
    for field, name in names.items():
        if name is None:
            continue
        if not name.strip():
            raise BadInput(f"{field} must not be blank", fields={field: ["must not be blank"]})
        if _longer(name, NAME_MAX_BYTES):
            problem = f"at most {NAME_MAX_BYTES} bytes"
            raise BadInput(f"{field} is too long: {problem}", fields={field: [problem]})


def check_received(event: MessagesReceived, settings: Settings) -> None:
    """Nothing, or BadInput or TooLarge about anything in it; an event without a text in it is none of our business."""
    check_names({key: getattr(event.scope, kind) for key, kind in ENTITIES.items()})
    if event.messages:
        check_messages(event.messages, event.metadata, settings)
    check_guidance(event)
    check_metadata(event.metadata, settings)


def _longer(text: str, most: int) -> bool:
    """Whether `text` has over `most` bytes in UTF-8; encodes only where the number of characters leaves it open."""
    return len(text) * 4 > most and (len(text) > most or len(text.encode("utf-8", "surrogatepass")) > most)
