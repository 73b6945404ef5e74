"""Scanning: all keys of a family, a page at a time; for what is done seldom, and must find everything."""

from collections.abc import AsyncIterator
from functools import partial

from redis.asyncio import Redis

from core.redis import patiently

_PAGE = 1_000


async def pages(redis: Redis, prefix: str) -> AsyncIterator[list[bytes]]:
    """The keys whose names begin with `prefix`, some of them perhaps twice; whatever was there all the time is among them."""
    pattern = "".join(f"\\{character}" if character in "*?[]\\^" else character for character in prefix) + "*"
    cursor = 0
    while True:
        cursor, keys = await patiently(partial(redis.scan, cursor, match=pattern, count=_PAGE))
        if keys:
            yield keys
        if cursor == 0:
            return
