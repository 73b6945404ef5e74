"""Extract: messages to candidate facts, word for word, by the built-in rules, or by the chat model."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from xml.sax.saxutils import quoteattr

from core.models.chat import ChatModel, Meter
from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.receipt import Action, Verdict
from workers.draft import Draft, Extracted
from workers.prompts import ExtractionAnswer, Remembered, prompt
from workers.rules import memory_types, statements
from workers.rules.categories import DEFAULT_CATEGORIES

_LONG_CHARS = 8_000
"""Conversations longer than this are read beside the event loop."""
_PASSAGE_CHARS = 24_000
"""Most of a conversation shown to the chat model at once; a longer one is shown in several passages."""
_SOURCE_CHARS = 2_000
_REASON_CHARS = 500
_SPEAKERS = ("user", "assistant")
_OUR_TAGS = re.compile(r"<(?=\s*/?\s*(?:message|conversation)\b)", re.IGNORECASE)
"""What could end or begin one of the prompt's tags in somebody's words; other code and markup stays as it is."""


async def extract(event: MessagesReceived, chat: ChatModel | None, meter: Meter | None = None) -> Extracted:
    """The event's drafts, and what was left out and why. Raises what the chat model raises; `meter` counts its tokens."""
    if not event.infer:
        return _word_for_word(event)
    if chat is not None:
        return await _by_model(event, chat, meter)
    if sum(len(message.content) for message in event.messages) > _LONG_CHARS:
        return await asyncio.to_thread(_by_rules, event)
    return _by_rules(event)


def _said_at(event: MessagesReceived, message: Message) -> datetime:
    return message.said_at or event.said_at or event.occurred_at


def _speaker(message: Message) -> str | None:
    """None for the user, whose memory it is."""
    return message.name or ("assistant" if message.role == "assistant" else None)


def _source(message: Message) -> tuple[str, str]:
    return message.role, message.content[:_SOURCE_CHARS]


def _word_for_word(event: MessagesReceived) -> Extracted:
    drafts, rejected = [], []
    for place, message in enumerate(event.messages):
        if message.role not in _SPEAKERS or not message.content.strip():
            reason = "nothing to remember: empty" if message.role in _SPEAKERS else f"not stored: a {message.role} message"
            rejected.append(Verdict(action=Action.NONE, text=message.content[:_SOURCE_CHARS], reason=reason))
            continue
        kind, _ = memory_types.classify(message.content[:_SOURCE_CHARS])
        draft = Draft(
            ordinal=place,
            text=message.content,
            type=kind,
            speaker=_speaker(message),
            said_at=_said_at(event, message),
            verbatim=True,
            source=_source(message),
        )
        drafts.append(draft)
    return Extracted(drafts=tuple(drafts), rejected=tuple(rejected))


def _by_rules(event: MessagesReceived) -> Extracted:
    found = statements.extract(event.messages, said_at=event.said_at or event.occurred_at)
    drafts = [
        Draft(
            ordinal=ordinal,
            text=statement.text,
            type=statement.type,
            confidence=statement.confidence,
            speaker=statement.speaker,
            said_at=statement.said_at,
            source=_source(event.messages[statement.message]),
        )
        for ordinal, statement in enumerate(found.statements)
    ]
    return Extracted(drafts=tuple(drafts), rejected=tuple(_nothing(piece.text, piece.reason) for piece in found.nothing))


def _nothing(text: str, reason: str) -> Verdict:
    return Verdict(action=Action.NONE, text=text[:_SOURCE_CHARS], reason=reason)


async def _by_model(event: MessagesReceived, chat: ChatModel, meter: Meter | None) -> Extracted:
    """Passage by passage; one that fails fails the event, so that nothing is half remembered."""
    passages = _passages(event.messages)
    answers = [await chat.complete(_asked(event, passage), schema=ExtractionAnswer, meter=meter) for passage in passages]
    drafts: list[Draft] = []
    rejected: list[Verdict] = []
    for passage, answer in zip(passages, answers, strict=True):
        numbers = {number for number, _ in passage}
        for memory in answer.memories:
            drafts.append(_draft(event, memory, len(drafts), memory.message if memory.message in numbers else passage[0][0]))
        if not answer.memories:
            why = answer.nothing[:_REASON_CHARS] or "the model found nothing"
            rejected.append(_nothing(passage[0][1].content, f"nothing to remember: {why}"))
    return Extracted(drafts=tuple(drafts), rejected=tuple(rejected))


def _passages(messages: Sequence[Message]) -> list[list[tuple[int, Message]]]:
    """Numbered messages in runs that fit one prompt; a message that alone is too long is cut into pieces."""
    passages: list[list[tuple[int, Message]]] = []
    room = 0
    for number, message in enumerate(messages):
        for start in range(0, max(1, len(message.content)), _PASSAGE_CHARS):
            piece = message.model_copy(update={"content": message.content[start : start + _PASSAGE_CHARS]})
            if not passages or len(piece.content) > room:
                passages.append([])
                room = _PASSAGE_CHARS
            passages[-1].append((number, piece))
            room -= len(piece.content)
    return passages


def _asked(event: MessagesReceived, passage: Sequence[tuple[int, Message]]) -> list[dict[str, str]]:
    turns = "\n".join(_turn(number, message) for number, message in passage)
    system = prompt(
        "extract",
        subject="user" if event.scope.user or not event.scope.agent else "assistant",
        date=_said_at(event, passage[0][1]).date().isoformat(),
        categories="\n".join(f"- {name}: {description}" for name, description in _categories(event).items()),
        instructions=_instructions(event),
    )
    return [{"role": "system", "content": system}, {"role": "user", "content": f"<conversation>\n{turns}\n</conversation>"}]


def _turn(number: int, message: Message) -> str:
    """A message between tags that its words can't end."""
    name = f" name={quoteattr(message.name)}" if message.name else ""
    return f'<message number="{number}" role={quoteattr(message.role)}{name}>{_OUR_TAGS.sub("&lt;", message.content)}</message>'


def _categories(event: MessagesReceived) -> Mapping[str, str]:
    return DEFAULT_CATEGORIES if event.categories is None else event.categories


def _instructions(event: MessagesReceived) -> str:
    """What the application asked for; it may narrow what is remembered."""
    wishes = [
        f"Remember only what is about: {event.includes}" if event.includes else "",
        f"Leave out all that is about: {event.excludes}" if event.excludes else "",
        f"Instructions of the application:\n{event.instructions}" if event.instructions else "",
    ]
    return "\n".join(wish for wish in wishes if wish)


def _draft(event: MessagesReceived, memory: Remembered, ordinal: int, number: int) -> Draft:
    message = event.messages[number]
    return Draft(
        ordinal=ordinal,
        text=memory.text,
        type=memory.type,
        confidence=round(memory.confidence, 2),
        speaker=_speaker(message),
        said_at=_said_at(event, message),
        source=_source(message),
        categories=tuple(name for name in dict.fromkeys(memory.categories) if name in _categories(event)),
    )
