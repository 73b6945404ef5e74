"""Accesses: how often memories were read, counted in Redis and folded into their rows by the tender. No read writes a row."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import cast

import structlog
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from core.later import Later
from core.redis import patiently, redis_errors
from core.settings import Settings
from schemas.errors import Unavailable
from schemas.memory import Memory
from schemas.scope import shard_of

log = structlog.get_logger()

_COUNTED = "mneme:accesses:"
"""+ shard: hash, memory id -> reads not folded yet."""
_TAKEN = "mneme:accesses:taken:"
"""+ shard: the hash while it is folded. A value becomes "reads:goal" once it is decided what the row's count is to be."""
_LUA = (files(__package__) / "accesses.lua").read_text()
_PATIENCE_S = 0.5
"""How long Redis is waited for; then the reads of that moment are not counted."""


@dataclass(frozen=True, slots=True)
class Reads:
    """A memory was read so many times. `goal`: the count its row was to get when an earlier folding was cut short."""

    memory_id: str
    times: int
    goal: int | None = None


class Accesses:
    """One process' reads on their way to Redis: a script for all of a moment, and no read waits for it. What a crash loses is counts."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._reads: Counter[tuple[str, str]] = Counter()
        self._later = Later(self._record)

    def note(self, memories: Iterable[Memory]) -> None:
        """Count one read of each memory, within a moment."""
        for memory in memories:
            read = (f"{_COUNTED}{shard_of(memory.scope.subject, self._settings.shards)}", memory.id)
            if read in self._reads or len(self._reads) < self._settings.accesses_max:
                self._reads[read] += 1
        if self._reads:
            self._later.ask()

    async def settled(self) -> None:
        """When all reads noted so far are counted, or given up."""
        await self._later.settled()

    async def _record(self) -> None:
        reads, self._reads = self._reads, Counter()
        places = {key: place for place, key in enumerate(dict.fromkeys(key for key, _ in reads), 1)}
        told = [part for (key, memory_id), times in reads.items() for part in (places[key], memory_id, times)]
        try:
            async with asyncio.timeout(_PATIENCE_S):
                with redis_errors():
                    await self._redis.register_script(_LUA)(keys=list(places), args=[self._settings.accesses_max, *told])
        except (Unavailable, TimeoutError) as error:
            log.warning("accesses.uncounted", count=len(reads), error=type(error).__name__)


def hashes_of(shard: int) -> tuple[str, str]:
    """Where a shard's reads are counted, by memory id."""
    return f"{_COUNTED}{shard}", f"{_TAKEN}{shard}"


async def take(redis: Redis, shard: int, count: int = 2_000) -> list[Reads]:
    """Up to `count` memories of a shard with their reads; what an earlier folding left comes first. One taker a shard at a time.

    What is taken stays in Redis until `done`: taken again after a crash it is the same.
    """
    taken = f"{_TAKEN}{shard}"
    if not await patiently(lambda: redis.exists(taken)):
        if not await patiently(lambda: redis.exists(f"{_COUNTED}{shard}")):
            return []
        with suppress(ResponseError):  # it was renamed, and only the answer lost
            await patiently(lambda: redis.renamenx(f"{_COUNTED}{shard}", taken))
    found: dict[bytes, bytes] = {}
    cursor = 0
    while True:
        cursor, page = await patiently(partial(_page, redis, taken, cursor, count))
        found |= page
        if cursor == 0 or len(found) >= count:
            return [_reads(memory_id, value) for memory_id, value in list(found.items())[:count]]


async def intend(redis: Redis, shard: int, reads: Sequence[Reads], goals: Mapping[str, int]) -> None:
    """Note what the rows' counts are to be, before they are committed: folding twice is then folding once."""
    values = {one.memory_id: f"{one.times}:{goals[one.memory_id]}" for one in reads if one.memory_id in goals}
    if values:
        await patiently(lambda: cast(Awaitable[int], redis.hset(f"{_TAKEN}{shard}", mapping=values)))


async def done(redis: Redis, shard: int, reads: Sequence[Reads]) -> None:
    """These are in the rows, or their memories are gone."""
    if reads:
        await patiently(lambda: cast(Awaitable[int], redis.hdel(f"{_TAKEN}{shard}", *(one.memory_id for one in reads))))


async def _page(redis: Redis, key: str, cursor: int, count: int) -> tuple[int, dict[bytes, bytes]]:
    return await cast(Awaitable[tuple[int, dict[bytes, bytes]]], redis.hscan(key, cursor, count=count))


def _reads(memory_id: bytes, value: bytes) -> Reads:
    times, _, goal = value.decode().partition(":")
    return Reads(memory_id.decode(), int(times), int(goal) if goal else None)
