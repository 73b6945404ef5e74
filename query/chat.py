"""Chat: recall, ask the model, remember what was said. Without a model the built-in answerer replies."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing, contextmanager
from dataclasses import dataclass, replace

import structlog

from core.models.chat import ChatMessages, ChatModel, Reply
from core.resources import Resources
from ingest.accept import accept
from query.answerer import answer, looked_for
from query.context import Context, context, tokens, without_context
from query.conversations import Conversations, Turn, recent
from query.prompts import prompt
from query.question import read_question
from query.recall import recall
from schemas.errors import BadInput, MnemeError, Problem, TooManyRequests, Unavailable, Unreadable, UpstreamFailed
from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.plan import Metered
from schemas.scope import Scope
from schemas.search import Hit, Query, Selection

THRESHOLD = 0.3
"""A memory counts from this similarity on, or from this score, which adds words: "What am I building?" is at 0.17 to its answer."""
_SCORE_MIN = 0.18
"""Below it neither is reached: scoring.py gives a similarity of 0.3 at least this."""
_RETRY_AFTER_S = 5
"""When to ask again where a provider did not say."""
_MEMORIES_NONE = "Nothing is remembered yet that bears on this message."

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One message of an end user."""

    scope: Scope
    """Whose it is: what it leaves behind is stored there."""
    selection: Selection
    """The memories that may be looked at."""
    message: str
    top_k: int = 5
    conversation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Replied:
    """The reply, and what it rests on."""

    text: str
    used: tuple[Hit, ...]
    """The memories put before the model, or those the built-in answer is made of; best first."""
    remembered: bool
    """The message was accepted for storage; what becomes of it its receipt will say."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """All but the reply: what is put before the model, or, without one, the built-in answer."""

    asked: Asked
    began: float
    """When its message came, in seconds since 1970."""
    used: tuple[Hit, ...]
    remembered: bool
    messages: ChatMessages = ()
    text: str = ""


async def chat(asked: Asked, resources: Resources) -> Replied:
    """The reply. Raises BadInput, Unavailable, UpstreamFailed (with retry_after_s), Refused, Unreadable.

    The message is accepted for storage before the model is asked, and whatever becomes of the reply.
    """
    ready = await _prepare(asked, resources)
    text = ready.text if resources.chat is None else await _ask(ready, resources.chat, resources)
    return await _finish(ready, text, resources)


async def stream_chat(asked: Asked, resources: Resources) -> AsyncGenerator[str | Replied, None]:
    """The reply's text in pieces as it comes, at the end all of it. Raises as `chat`, also between pieces.

    Who closes it early stops the model.
    """
    ready = await _prepare(asked, resources)
    text = ready.text
    if resources.chat is None:
        yield text
    else:
        async with aclosing(_stream(ready, resources.chat, resources)) as pieces:
            async for piece in pieces:
                text += piece
                yield piece
    yield await _finish(ready, text, resources)


async def _prepare(asked: Asked, resources: Resources) -> _Ready:
    asked, began = _plain(asked), time.time()
    if resources.chat is not None:
        await resources.limits.require(asked.scope.owner, Metered.TOKENS)
    await resources.limits.spend(asked.scope.owner, Metered.SEARCHES)
    hits = await _recalled(asked, resources)
    remembered = await _remember(asked, resources)
    if resources.chat is None:
        answered = await asyncio.to_thread(answer, asked.message, hits)
        return _Ready(asked, began, answered.used, remembered, text=answered.text)
    known = context(hits, resources.settings.chat_memory_tokens)
    turns = await _turns(asked, resources)
    return _Ready(asked, began, known.used, remembered, messages=_messages(asked.message, known, turns, resources))


async def _finish(ready: _Ready, text: str, resources: Resources) -> Replied:
    """Keeps the turn for the next message's sake; a reply is not lost over it."""
    asked = ready.asked
    if asked.conversation_id is not None:
        try:
            conversations, turn = Conversations(resources.redis, resources.settings), Turn(asked.message, text)
            await conversations.add(asked.scope, asked.conversation_id, turn, began=ready.began)
        except Unavailable:
            _log.warning("turn.not_kept")
    return Replied(text=text, used=ready.used, remembered=ready.remembered)


def _plain(asked: Asked) -> Asked:
    """What the user wrote, without any block of memories that a client put around it: that is neither said nor known."""
    message = without_context(asked.message)
    if not message.strip():
        said = "must not be blank"
        problem = Problem(type="value_error", loc=("body", "message"), message=said)
        raise BadInput(f"message: {said}", fields={"message": [said]}, problems=[problem])
    return replace(asked, message=message)


async def _recalled(asked: Asked, resources: Resources) -> list[Hit]:
    """What is known that bears on the message. Where that fails, the message is remembered all the same."""
    model, everything = resources.chat is not None, read_question(asked.message).about_person
    text = asked.message if model or everything else looked_for(asked.message)
    try:
        hits = await recall(Query(text=text, selection=asked.selection, limit=asked.top_k, threshold=_SCORE_MIN), resources)
    except MnemeError:
        await _remember(asked, resources)
        raise
    if everything or not model:  # the built-in answerer judges for itself
        return hits
    return [hit for hit in hits if max(hit.similarity, hit.score) >= THRESHOLD]


async def _remember(asked: Asked, resources: Resources) -> bool:
    """Whether the message is safe. Only the user's own words go in: no memory that was put before the model, and no reply."""
    message = Message(role="user", content=asked.message)
    event = MessagesReceived(scope=asked.scope, messages=(message,), occurred_at=resources.clock())
    try:
        await accept(resources, [event], wait=False)
    except (TooManyRequests, Unavailable) as error:
        _log.warning("message.not_accepted", error=type(error).__name__)
        return False
    return True


def _messages(message: str, known: Context, turns: Sequence[Turn], resources: Resources) -> ChatMessages:
    told = prompt("chat", memories=known.text or _MEMORIES_NONE, date=f"{resources.clock():%A, %-d %B %Y}")
    messages = [{"role": "system", "content": told}]
    for turn in turns:
        messages += [{"role": "user", "content": turn.message}, {"role": "assistant", "content": turn.reply}]
    return [*messages, {"role": "user", "content": message}]


async def _turns(asked: Asked, resources: Resources) -> list[Turn]:
    if asked.conversation_id is None:
        return []
    turns = await Conversations(resources.redis, resources.settings).turns(asked.scope, asked.conversation_id)
    return recent(turns, resources.settings.chat_history_tokens)


async def _ask(ready: _Ready, model: ChatModel, resources: Resources) -> str:
    with _retry_said():
        reply = await model.reply(ready.messages, resources.settings.chat_reply_tokens)
    await _count(ready, reply, resources)
    return reply.text


async def _stream(ready: _Ready, model: ChatModel, resources: Resources) -> AsyncGenerator[str, None]:
    text, usage = "", Reply("")
    try:
        with _retry_said():
            async with aclosing(model.stream(ready.messages, resources.settings.chat_reply_tokens)) as parts:
                async for part in parts:
                    if part.text:
                        text += part.text
                        yield part.text
                    else:
                        usage = part
    finally:  # what was said before the client left was paid for as well
        await _count(ready, replace(usage, text=text), resources)
    if not text:
        raise Unreadable(f"{model.name} gave no text")


async def _count(ready: _Ready, reply: Reply, resources: Resources) -> None:
    """Counts the tokens as the provider reports them; where it does not, or was not let finish, as they are estimated."""
    spent = reply.prompt_tokens + reply.completion_tokens
    if not spent and reply.text:
        spent = sum(tokens(message["content"]) for message in ready.messages) + tokens(reply.text)
    if spent:
        await resources.limits.spend(ready.asked.scope.owner, Metered.TOKENS, spent)


@contextmanager
def _retry_said() -> Iterator[None]:
    """A provider's failure always says when to ask again."""
    try:
        yield
    except UpstreamFailed as error:
        error.retry_after_s = error.retry_after_s or _RETRY_AFTER_S
        raise
