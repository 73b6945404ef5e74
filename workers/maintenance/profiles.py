"""Profiles: what is remembered of a user, in the fields of their owner's schema, by the chat model or by the statements that fit."""

import asyncio
from collections.abc import Sequence
from typing import Any

import numpy as np
import structlog

from core.logging import told
from core.models.chat import ChatModel
from schemas.errors import MnemeError, Unavailable
from schemas.memory import Memory
from schemas.plan import Metered
from schemas.profile import MEMORIES_MIN, Profile, ProfileSettings
from schemas.profile_schema import Field, fields_of
from schemas.scope import subject_of
from schemas.search import Condition, Selection
from workers.maintenance.running import Running
from workers.prompts import prompt
from workers.prompts.profile_form import form_of
from workers.rules.profile import asked, filled, leaves

log = structlog.get_logger()

_LOOKED_AT = 1_000
"""Most memories of a user that are looked at, the newest."""
_SHOWN_CHARS = 24_000
"""Most of them that is shown to the chat model, the most important,"""
_EACH_CHARS = 1_000
"""and of each."""


async def make_profiles(running: Running) -> None:
    """Of each user the order names; those that this run has made, before it was interrupted, are not made twice."""
    running.count("succeeded", "failed", "skipped")
    owner = running.order.owner or ""
    settings = await running.resources.profiles.settings(owner)
    for user in running.order.users:
        known = await running.resources.profiles.get(owner, user)
        if known is None or known.run != running.run.id:
            known = await _made(running, owner, user, known, settings)
            if not running.order.dry_run:
                await running.resources.profiles.put(owner, known)
                if subject_of(owner, "user", user) in await running.erased():  # only now: an erasure marked later finds what was put
                    await running.resources.profiles.forget(owner, frozenset({user}))
        running.counts[{"succeeded": "succeeded", "failed": "failed"}.get(known.status, "skipped")] += 1
        await running.tell()


async def _made(running: Running, owner: str, user: str, known: Profile | None, settings: ProfileSettings) -> Profile:
    """The profile. Raises Unavailable where somebody is away: the run goes on later."""
    made_at = running.now()
    page = await running.resources.reader.page(_of(owner, user), limit=_LOOKED_AT)
    made = Profile(
        user=user,
        status="insufficient_data",
        made_at=made_at,
        generation=(known.generation if known else 0) + 1,
        memories=page.total,
        run=running.run.id,
    )
    if not settings.ready or page.total < MEMORIES_MIN:
        return made
    try:
        fields = await _fields(running, owner, page.memories, settings)
    except Unavailable:
        raise
    except MnemeError as error:
        log.warning("profile.failed", run=running.run.id, error=told(error))
        return made.model_copy(update={"status": "failed", "error": error.message})
    return made.model_copy(update={"status": "succeeded", "fields": fields}) if fields else made


def _of(owner: str, user: str) -> Selection:
    return Selection(owner=owner, where=Condition(field="user", value=user))


async def _fields(running: Running, owner: str, memories: Sequence[Memory], settings: ProfileSettings) -> dict[str, Any]:
    fields = fields_of(settings.user_schema)
    chat = running.resources.chat
    if chat is not None:
        return await by_model(running, owner, chat, fields, memories, settings.custom_instructions)
    return await by_meaning(running, owner, fields, memories)


async def by_meaning(running: Running, owner: str, fields: Sequence[Field], memories: Sequence[Memory]) -> dict[str, Any]:
    """The fields that some memory fits, as `workers.rules.profile` fills them."""
    resources, places = running.resources, list(leaves(fields))
    vectors = await resources.reader.vectors(owner, [memory.id for memory in memories])
    there = [memory for memory in memories if memory.id in vectors]
    if not there or not places:
        return {}
    asking = await resources.embedder.embed([asked(place, field) for place, field in places])
    matrix = np.stack([vectors[memory.id] for memory in there])
    return await asyncio.to_thread(filled, places, asking, [(memory.content, memory.type) for memory in there], matrix)


async def by_model(
    running: Running,
    owner: str,
    chat: ChatModel,
    fields: tuple[Field, ...],
    memories: Sequence[Memory],
    instructions: str | None,
    form: str = "profile",
) -> dict[str, Any]:
    """What the model fills in, asked by the prompt `form`. Raises LimitReached where the plan has no tokens left."""
    said = "\n".join(f"<statement said={one.said_at:%Y-%m-%d}>{_harmless(one.content)}</statement>" for one in _shown(memories))
    wishes = f"Instructions of the application:\n{instructions}" if instructions else ""
    messages = [
        {"role": "system", "content": prompt(form, instructions=wishes)},
        {"role": "user", "content": f"<statements>\n{said}\n</statements>"},
    ]
    limits = running.resources.limits
    await limits.require(owner, Metered.TOKENS)
    async with limits.metered(owner) as meter:
        answer = await chat.complete(messages, schema=form_of(fields), meter=meter)
    return answer.model_dump(mode="json", by_alias=True, exclude_none=True)


def _shown(memories: Sequence[Memory]) -> list[Memory]:
    """The most important that have room, oldest first."""
    shown, left = list[Memory](), _SHOWN_CHARS
    for memory in sorted(memories, key=lambda memory: memory.importance, reverse=True):
        left -= min(len(memory.content), _EACH_CHARS)
        if left < 0:
            break
        shown.append(memory)
    return sorted(shown, key=lambda memory: (memory.said_at, memory.id))


def _harmless(content: str) -> str:
    """What was remembered can't end its tag."""
    return content[:_EACH_CHARS].replace("<", "‹").replace(">", "›")
