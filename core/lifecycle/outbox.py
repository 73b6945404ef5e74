"""Outbox: lifecycle events on their way to brokers and webhooks. Each reader's position lies in Redis; what all have goes."""

from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis

from core.lifecycle.stream import BEGINNING, Told, told
from core.mailbox.keys import DROPPED, OUTBOX
from core.redis import patiently, redis_errors

_POSITIONS = "mneme:outbox:positions"
"""Hash: reader -> the place of the last event it is done with."""
_BLOCK_MS = 2_000
_PAGE = 200


@dataclass(frozen=True, slots=True)
class Waiting:
    """What lies in the outbox, and how many of the last `lifecycle_ttl_s` were driven out of it before all had them."""

    events: int
    dropped: int


async def waiting(redis: Redis) -> Waiting:
    events = await patiently(lambda: redis.xlen(OUTBOX))
    dropped = await patiently(lambda: cast(Awaitable[bytes | None], redis.hget(DROPPED, "total")))
    return Waiting(events, int(dropped or 0))


class Outbox:
    """One reader's view. `readers` names all there are: what each of them is done with is removed."""

    def __init__(self, redis: Redis, reader: str, readers: Sequence[str]) -> None:
        self._redis = redis
        self._reader = reader
        self._readers = readers

    async def read(self) -> list[Told]:
        """The next events, waiting up to two seconds for some. Until `done` they come again."""
        after = await self._position(self._reader)
        with redis_errors():
            found = await self._redis.xread({OUTBOX: after}, count=_PAGE, block=_BLOCK_MS)
        return [told(place, fields) for _, rows in found for place, fields in rows]

    async def done(self, last: Told) -> None:
        """Never read up to this one again."""
        await patiently(lambda: cast(Awaitable[int], self._redis.hset(_POSITIONS, self._reader, last.place)))
        positions = [await self._position(reader) for reader in self._readers]
        await patiently(lambda: self._redis.xtrim(OUTBOX, minid=_after(min(positions, key=_order)), approximate=False))

    async def _position(self, reader: str) -> str:
        place = await patiently(lambda: cast(Awaitable[bytes | None], self._redis.hget(_POSITIONS, reader)))
        return place.decode() if place else BEGINNING


def _order(place: str) -> tuple[int, int]:
    milliseconds, _, number = place.partition("-")
    return int(milliseconds), int(number)


def _after(place: str) -> str:
    milliseconds, number = _order(place)
    return f"{milliseconds}-{number + 1}"
