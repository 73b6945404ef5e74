"""Summarizing: one summary made of related memories, by the chat model or, without one, of the statements that say the most."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import structlog
from numpy.typing import NDArray

from core.limits import Limits
from core.logging import told
from core.models.builtin.summary import central, summary
from core.models.chat import ChatModel
from schemas.errors import MnemeError
from schemas.ids import memory_id
from schemas.memory import Memory
from schemas.plan import Metered
from workers.maintenance.running import Running
from workers.prompts import SummaryAnswer, prompt

log = structlog.get_logger()

SUMMARY = "summary"
"""The source kind of a summary."""
SOURCES = "summary_of"
"""The metadata entry that names its sources."""
_STATEMENTS = 4
_CHARS = 600
"""What a built-in summary is made of at most."""
_WORDS = 80
_SOURCE_CHARS = 1_000
"""Of each source this much is shown to the chat model."""


async def summarized(running: Running, shard: int, sources: Sequence[Memory], vectors: NDArray[np.float32]) -> Memory | None:
    """The summary, one memory of the sources' own scope; None where the chat model fails.

    Its id derives from its sources: made again it is the same memory. It was accepted when they were: a deletion reaches it with them.
    """
    chat = running.resources.chat
    try:
        text = _built_in(sources, vectors) if chat is None else await _by_model(chat, sources, running.resources.limits)
    except MnemeError as error:
        log.warning("summary.failed", run=running.run.id, memories=len(sources), error=told(error))
        return None
    now = running.now()
    return replace(
        sources[0],
        id=memory_id("/".join([SUMMARY, *sorted(source.id for source in sources)]), 0, shard),
        content=text,
        type=Counter(source.type for source in sources).most_common(1)[0][0],
        confidence=round(sum(source.confidence for source in sources) / len(sources), 2),
        importance=max(source.importance for source in sources),
        categories=tuple(dict.fromkeys(category for source in sources for category in source.categories)),
        source_kind=SUMMARY,
        event_id=running.run.id,
        speaker=None,
        said_at=max(source.said_at for source in sources),
        created_at=now,
        updated_at=now,
        accepted_at=max(source.accepted_at for source in sources),
        version=1,
        access_count=0,
        last_access_at=None,
        metadata={SOURCES: [source.id for source in sources]},
    )


def _built_in(sources: Sequence[Memory], vectors: NDArray[np.float32]) -> str:
    """The most central statements, in the order they were said."""
    chosen = sorted(central(vectors, _STATEMENTS))
    return summary([sources[place].content for place in chosen], _CHARS)


async def _by_model(chat: ChatModel, sources: Sequence[Memory], limits: Limits) -> str:
    """The model's summary; its tokens are the owner's. Raises LimitReached where the plan has none left."""
    said = "\n".join(f"<statement said={source.said_at:%Y-%m-%d}>{_harmless(source.content)}</statement>" for source in sources)
    system = prompt("summarize", subject="user" if sources[0].scope.user or not sources[0].scope.agent else "assistant", words=str(_WORDS))
    messages = [{"role": "system", "content": system}, {"role": "user", "content": f"<statements>\n{said}\n</statements>"}]
    owner = sources[0].scope.owner
    await limits.require(owner, Metered.TOKENS)
    async with limits.metered(owner) as meter:
        return (await chat.complete(messages, schema=SummaryAnswer, meter=meter)).summary.strip()


def _harmless(content: str) -> str:
    """What was remembered can't end its tag."""
    return content[:_SOURCE_CHARS].replace("<", "‹").replace(">", "›")
