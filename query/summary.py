"""Summary: what the memories of a selection say, by the chat model or, without one, by the statements that cover the most of it."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import BaseModel, StringConstraints

from core.models.builtin.summary import covering, summary
from core.models.chat import ChatModel
from core.resources import Resources
from query.prompts import prompt
from schemas.memory import Memory
from schemas.plan import Metered
from schemas.search import Selection

BUILT_IN = "built-in"
_LOOKED_AT = 1_000
"""Most memories that are looked at, the newest."""
_STATEMENTS = 12
_CHARS = 2_000
"""What a built-in summary is made of at most."""
_SHOWN_CHARS = 24_000
"""Most of them that is shown to the chat model, the most important,"""
_EACH_CHARS = 1_000
"""and of each."""
_WORDS = 200


class _Answer(BaseModel):
    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8_000)]


@dataclass(frozen=True, slots=True)
class Summary:
    """A text, and the memories it rests on. `total` have been there to be summed up."""

    text: str
    total: int
    used: Sequence[Memory] = ()
    model: str = BUILT_IN


async def summarize(selection: Selection, resources: Resources) -> Summary:
    """The summary. Raises LimitReached where no tokens are left, UpstreamFailed, Unreadable, Refused; Unavailable."""
    page = await resources.reader.page(selection, limit=_LOOKED_AT)
    if not page.memories:
        return Summary("", page.total)
    if resources.chat is not None:
        return await _by_model(page.memories, page.total, selection.owner, resources.chat, resources)
    vectors = await resources.reader.vectors(selection.owner, [memory.id for memory in page.memories])
    memories = [memory for memory in page.memories if memory.id in vectors]
    used = await asyncio.to_thread(_chosen, memories, np.stack([vectors[memory.id] for memory in memories])) if memories else []
    return Summary(summary([memory.content for memory in used], _CHARS) if used else "", page.total, used)


def _chosen(memories: Sequence[Memory], vectors: np.ndarray) -> list[Memory]:
    weights = np.asarray([memory.importance for memory in memories], np.float32)
    return _oldest_first([memories[place] for place in covering(vectors, weights, _STATEMENTS)])


async def _by_model(memories: Sequence[Memory], total: int, owner: str, chat: ChatModel, resources: Resources) -> Summary:
    shown = _oldest_first(_fitting(memories))
    said = "\n".join(f"<statement said={memory.said_at:%Y-%m-%d}>{_harmless(memory.content)}</statement>" for memory in shown)
    told = prompt("summary", words=str(_WORDS))
    messages = [{"role": "system", "content": told}, {"role": "user", "content": f"<statements>\n{said}\n</statements>"}]
    await resources.limits.require(owner, Metered.TOKENS)
    async with resources.limits.metered(owner) as meter:
        answer = await chat.complete(messages, schema=_Answer, meter=meter)
    return Summary(answer.summary, total, shown, chat.name)


def _fitting(memories: Sequence[Memory]) -> list[Memory]:
    """The most important that have room."""
    fitting, left = list[Memory](), _SHOWN_CHARS
    for memory in sorted(memories, key=lambda memory: memory.importance, reverse=True):
        left -= min(len(memory.content), _EACH_CHARS)
        if left < 0:
            break
        fitting.append(memory)
    return fitting


def _oldest_first(memories: Sequence[Memory]) -> list[Memory]:
    return sorted(memories, key=lambda memory: (memory.said_at, memory.id))


def _harmless(content: str) -> str:
    """What was remembered can't end its tag."""
    return content[:_EACH_CHARS].replace("<", "‹").replace(">", "›")
