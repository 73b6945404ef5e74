"""Supermemory's documents and memories: memories are stored word for word, documents are read for what is worth remembering."""

import re
from collections.abc import Iterator
from typing import Any

from cli.imports.message import Message, Unreadable, first, given, object_of, parts

_TAGS = ("containerTag", "spaceContainerTag", "containerTags", "namespace", "user_id")
_PIECE_CHARS = 2_000
_PARAGRAPHS = re.compile(r"\n\s*\n")


def read(element: Any) -> Iterator[Message]:
    """Of a document that carries its memories, those; of one that does not, its text, in paragraphs."""
    entry = object_of(element)
    memories = first(entry, ("memories", "memoryEntries"))
    if isinstance(entry.get("memory"), str):
        yield _memory(entry, entry)
    elif isinstance(memories, list):
        for memory in memories:
            yield _memory(object_of(memory), entry)
    else:
        yield from _document(entry)


def _memory(memory: Message, around: Message) -> Message:
    content = first(memory, ("memory", "content"))
    if not isinstance(content, str):
        raise Unreadable("it has no memory")
    fields = _fields({**given(**around), **given(**memory)})
    return {"content": content, "infer": False, **fields, **given(expiration_date=memory.get("forgetAfter"))}


def _document(document: Message) -> Iterator[Message]:
    text = first(document, ("content", "raw", "summary"))
    if not isinstance(text, str):
        raise Unreadable("it has neither memories nor content")
    yield from parts(({"role": "user", "content": piece} for piece in _pieces(text)), **_fields(document))


def _fields(entry: Message) -> Message:
    tag = first(entry, _TAGS)
    system = entry.get("system")
    when = first(entry, ("createdAt", "created_at")) or (system.get("createdAt") if isinstance(system, dict) else None)
    metadata = entry.get("metadata")
    kept = given(title=entry.get("title"), url=entry.get("url"), customId=entry.get("customId"))
    return given(
        user_id=tag[0] if isinstance(tag, list) else tag,
        timestamp=when,
        metadata={**kept, **(metadata if isinstance(metadata, dict) else {})},
    )


def _pieces(text: str) -> Iterator[str]:
    """Paragraphs, together as far as they fit; a long one is cut."""
    piece = ""
    for paragraph in _PARAGRAPHS.split(text):
        if piece and len(piece) + len(paragraph) > _PIECE_CHARS:
            yield piece
            piece = ""
        piece = f"{piece}\n\n{paragraph}" if piece else paragraph
        while len(piece) > _PIECE_CHARS:
            yield piece[:_PIECE_CHARS]
            piece = piece[_PIECE_CHARS:]
    if piece.strip():
        yield piece
