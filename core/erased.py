"""Erased: which subjects were erased of late, for whoever was in the middle of something of theirs; and what is known of an erasure
until it is over."""

from typing import TypedDict, cast

import orjson
from redis.asyncio import Redis

from core.redis import patiently

_MARKS = "mneme:erased"
"""Sorted set: subject by the moment it was erased, by Redis' clock."""
_NOTES = "mneme:erasure:"
"""+ event id: JSON, what was found when it began (counts by place, hashes of texts); ends by its TTL."""
_KEPT_S = 7 * 24 * 3600
"""Longer than anything is in the middle of something."""
_NOTES_S = 30 * 24 * 3600
CHAT = "mneme:chat:"
"""+ subject + ":" + hash: list, the turns of a conversation. Named here because erasing reaches below who keeps them."""


async def now(redis: Redis) -> float:
    """Redis' clock, in seconds since 1970."""
    seconds, micros = await patiently(lambda: redis.time())
    return float(seconds) + float(micros) / 1e6


async def mark(redis: Redis, subject: str) -> None:
    """From now on whoever is in the middle of something of the subject's leaves it. To be called before anything is erased."""
    at = await now(redis)

    async def call() -> None:
        async with redis.pipeline(transaction=True) as pipe:
            pipe.zadd(_MARKS, {subject: at})
            pipe.zremrangebyscore(_MARKS, "-inf", at - _KEPT_S)
            await pipe.execute()

    await patiently(call)


async def erased_since(redis: Redis, moment: float) -> frozenset[str]:
    """The subjects erased since a moment of Redis' clock, seconds since 1970."""
    found = await patiently(lambda: redis.zrangebyscore(_MARKS, moment, "+inf"))
    return frozenset(member.decode() for member in found)


class Notes(TypedDict):
    """What is known of an erasure until it is over."""

    user: str
    ids: list[str]
    """The user's memories."""
    counts: dict[str, int]
    """By place, what was found there."""
    needles: list[tuple[int, str]]
    """Hashes of pieces of its texts."""


async def note(redis: Redis, event_id: str, notes: Notes) -> None:
    """Keep what was found before anything is erased; what an earlier try has noted stays."""
    await patiently(lambda: redis.set(_NOTES + event_id, orjson.dumps(notes), ex=_NOTES_S, nx=True))


async def noted(redis: Redis, event_id: str) -> Notes | None:
    """What was noted; None where nothing was, or it is over."""
    text = await patiently(lambda: redis.get(_NOTES + event_id))
    return None if text is None else cast(Notes, orjson.loads(text))


async def forget_notes(redis: Redis, event_id: str) -> None:
    await patiently(lambda: redis.delete(_NOTES + event_id))
