"""Classify: which drafts are of the topics asked for, and into which categories they fall, by meaning."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from schemas.event import MessagesReceived
from schemas.receipt import Action, Verdict
from workers.draft import Draft, Extracted, Vectors
from workers.plan import Vector
from workers.rules import categories, topics
from workers.stages.embed import MicroBatcher


async def classify(event: MessagesReceived, extracted: Extracted, vectors: Vectors, batcher: MicroBatcher) -> tuple[Extracted, Vectors]:
    """The drafts that stay, with their categories, and their vectors; what `includes` or `excludes` kept out joins the rejected.

    Categories that the chat model gave are kept. The types are the extract stage's: they are read from the words.
    """
    if not extracted.drafts:
        return extracted, vectors
    reasons = await _unwanted(event, extracted.drafts, vectors, batcher)
    kept = [place for place, reason in enumerate(reasons) if reason is None]
    rejected = [
        Verdict(action=Action.NONE, text=draft.text, reason=reason, type=draft.type)
        for draft, reason in zip(extracted.drafts, reasons, strict=True)
        if reason is not None
    ]
    named = await _categorised([extracted.drafts[place] for place in kept], vectors[kept], event.categories, batcher)
    return Extracted(drafts=named, rejected=(*extracted.rejected, *rejected)), vectors[kept]


async def _unwanted(event: MessagesReceived, drafts: Sequence[Draft], vectors: Vectors, batcher: MicroBatcher) -> list[str | None]:
    """Why each draft is not to be kept, or None. Word-for-word messages are always kept."""
    includes = await _topics(event.includes, batcher)
    excludes = await _topics(event.excludes, batcher)
    reasons: list[str | None] = []
    for draft, vector in zip(drafts, vectors, strict=True):
        reason = None
        if not draft.verbatim and includes is not None and not includes.match(draft.text, vector):
            reason = f"not about what is included: {event.includes}"
        elif not draft.verbatim and excludes is not None and excludes.match(draft.text, vector):
            reason = f"excluded: {event.excludes}"
        reasons.append(reason)
    return reasons


@dataclass(frozen=True, slots=True)
class _Topics:
    """The topics of a wish, a unit vector each."""

    names: Sequence[str]
    vectors: Vectors

    def match(self, text: str, vector: Vector) -> bool:
        """Whether a draft is about any of them: by a typical word, or by meaning."""
        return any(categories.mentions(name, text) for name in self.names) or topics.matches(vector, self.vectors)


async def _topics(wish: str | None, batcher: MicroBatcher) -> _Topics | None:
    """None where nothing is wished."""
    names = topics.split(wish or "")
    return _Topics(names, await batcher.embed_often(names)) if names else None


async def _categorised(
    drafts: Sequence[Draft], vectors: Vectors, custom: dict[str, str] | None, batcher: MicroBatcher
) -> tuple[Draft, ...]:
    known = categories.DEFAULT_CATEGORIES if custom is None else custom
    if not known or not drafts:
        return tuple(drafts)
    names = list(known)
    directions = await batcher.embed_often([categories.described(name, known[name]) for name in names])
    return tuple(
        draft
        if draft.categories
        else draft.model_copy(update={"categories": categories.assign(draft.text, np.asarray(vector), directions, names)})
        for draft, vector in zip(drafts, vectors, strict=True)
    )
