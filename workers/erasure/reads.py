"""Reads: how often memories were read, counted by their ids until it is folded into them."""

from collections.abc import AsyncIterator
from functools import partial
from itertools import islice
from typing import Any, cast

from core.accesses import hashes_of
from core.redis import patiently
from schemas.scope import shard_of
from workers.erasure.place import Place, Whose

_PAGE = 1_000


async def _holds(whose: Whose) -> dict[str, int]:
    """Once they are erased there is nothing to tell new ones by: counts of memories that are gone are dropped when they are folded."""
    found = 0
    async for key, ids in _chunks(whose):
        counts = await patiently(partial(_asked, whose.resources.redis, key, ids))
        found += sum(count is not None for count in counts)
    return {"read_counts": found}


async def _erase(whose: Whose) -> None:
    async for key, ids in _chunks(whose):
        await patiently(partial(_dropped, whose.resources.redis, key, ids))


async def _asked(redis: Any, key: str, ids: list[str]) -> list[bytes | None]:
    return cast(list[bytes | None], await redis.hmget(key, ids))


async def _dropped(redis: Any, key: str, ids: list[str]) -> None:
    await redis.hdel(key, *ids)


async def _chunks(whose: Whose) -> AsyncIterator[tuple[str, list[str]]]:
    for key in hashes_of(shard_of(whose.subject, whose.resources.settings.shards)):
        rest = iter(whose.ids)
        while ids := list(islice(rest, _PAGE)):
            yield key, ids


READS = Place(holds=_holds, erase=_erase, keys=("mneme:accesses:",))
