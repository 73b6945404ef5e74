"""Conversations: the last turns of each, kept in Redis for a while, so that a model knows what was just said."""

import time
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, cast

import orjson
from redis.asyncio import Redis

from core.erased import CHAT, erased_since
from core.redis import patiently, redis_errors
from core.settings import Settings
from query.context import tokens
from schemas.scope import Scope

TURNS_MAX = 10
_CLOCKS_S = 5.0
"""How far the clocks of two machines may be apart."""
_TEXT_MAX = 8_000
"""Longest message or reply that is kept; longer ones are cut."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What was said, and what was answered."""

    message: str
    reply: str


class Conversations:
    """Turns by (owner, end user, conversation id). Two users who choose the same id have two conversations."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._ttl_s = settings.chat_conversation_ttl_s
        self._most = settings.chat_conversations_max

    async def turns(self, scope: Scope, conversation_id: str) -> list[Turn]:
        """The last 10 turns, oldest first; none where the conversation is new or forgotten. Raises Unavailable."""
        key = _key(scope, conversation_id)
        rows = await patiently(lambda: cast(Awaitable[list[Any]], self._redis.lrange(key, -TURNS_MAX, -1)))
        return [Turn(*orjson.loads(row)) for row in rows]

    async def add(self, scope: Scope, conversation_id: str, turn: Turn, *, began: float | None = None) -> None:
        """Keep one more turn; of an owner's conversations over the bound, those longest silent go. Raises Unavailable.

        Nothing is kept of a user who was erased since the turn `began` (seconds since 1970).
        """
        await self._add(scope, conversation_id, turn)
        # only now: an erasure that is marked later than this finds what was added
        if began is not None and scope.subject in await erased_since(self._redis, began - _CLOCKS_S):
            await patiently(lambda: self._redis.delete(_key(scope, conversation_id)))

    async def _add(self, scope: Scope, conversation_id: str, turn: Turn) -> None:
        key, index, now = _key(scope, conversation_id), _index(scope.owner), time.time()
        with redis_errors():
            async with self._redis.pipeline(transaction=True) as pipe:
                pipe.rpush(key, orjson.dumps([turn.message[:_TEXT_MAX], turn.reply[:_TEXT_MAX]]))
                pipe.ltrim(key, -TURNS_MAX, -1)
                pipe.expire(key, self._ttl_s)
                pipe.zadd(index, {key: now})
                pipe.zremrangebyscore(index, "-inf", now - self._ttl_s)
                pipe.expire(index, self._ttl_s)
                pipe.zcard(index)
                count = (await pipe.execute())[-1]
            if count > self._most:
                silent = await self._redis.zpopmin(index, count - self._most)
                await self._redis.delete(*(name for name, _ in silent))


def recent(turns: Sequence[Turn], budget: int) -> list[Turn]:
    """The newest of `turns` that fit into `budget` tokens together, oldest first."""
    kept: list[Turn] = []
    for turn in reversed(turns):
        budget -= tokens(turn.message) + tokens(turn.reply)
        if budget < 0:
            break
        kept.append(turn)
    return kept[::-1]


def _key(scope: Scope, conversation_id: str) -> str:
    """Each part is length-prefixed: no choice of names makes two conversations one."""
    parts = [scope.subject.encode(), conversation_id.encode("utf-8", "surrogatepass")]
    digest = blake2b(b"".join(len(part).to_bytes(4, "big") + part for part in parts), digest_size=16).hexdigest()
    return f"{CHAT}{scope.subject}:{digest}"


def _index(owner: str) -> str:
    return f"mneme:chats:{blake2b(owner.encode('utf-8', 'surrogatepass'), digest_size=16).hexdigest()}"
