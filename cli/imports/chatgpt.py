"""ChatGPT's export: a tree of messages a conversation, of which the branch that was last looked at counts."""

from collections.abc import Iterator
from typing import Any

from cli.imports.message import Message, Unreadable, first, given, object_of, parts

_ROLES = ("user", "assistant")
_TEXTS = ("text", "multimodal_text")


def read(element: Any) -> Iterator[Message]:
    """What user and assistant said to each other, with its times; not what tools and hidden messages hold."""
    conversation = object_of(element)
    nodes = conversation.get("mapping")
    if not isinstance(nodes, dict):
        raise Unreadable("it has no mapping: it is no conversation of ChatGPT's export")
    turns = (turn for message in _branch(conversation, nodes) if (turn := _turn(message)) is not None)
    yield from parts(
        turns,
        run_id=first(conversation, ("conversation_id", "id")),
        timestamp=conversation.get("create_time"),
        metadata=given(title=conversation.get("title"), source="chatgpt"),
    )


def _branch(conversation: Message, nodes: Message) -> list[Message]:
    """From the first message to the current one, along the parents."""
    messages: list[Message] = []
    at, seen = conversation.get("current_node") or _latest(nodes), set[str]()
    while isinstance(at, str) and at not in seen and isinstance(node := nodes.get(at), dict):
        seen.add(at)
        if isinstance(message := node.get("message"), dict):
            messages.append(message)
        at = node.get("parent")
    return messages[::-1]


def _latest(nodes: Message) -> str | None:
    """The last leaf, where the export does not say which node is current."""
    leaves = [name for name, node in nodes.items() if isinstance(node, dict) and not node.get("children")]
    return leaves[-1] if leaves else None


def _turn(message: Message) -> Message | None:
    author, content, about = (_object(message.get(name)) for name in ("author", "content", "metadata"))
    if author.get("role") not in _ROLES or content.get("content_type") not in _TEXTS or about.get("is_visually_hidden_from_conversation"):
        return None
    pieces = content.get("parts")
    text = "\n".join(piece for piece in pieces if isinstance(piece, str) and piece.strip()) if isinstance(pieces, list) else ""
    return given(role=author["role"], content=text, timestamp=message.get("create_time")) if text else None


def _object(value: Any) -> Message:
    return value if isinstance(value, dict) else {}
