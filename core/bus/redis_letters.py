"""Dead letters on Redis: a stream, an entry a letter."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from core.bus.delivery import Delivery, Letter
from core.bus.names import DEAD, GROUP, INGEST
from schemas.errors import MnemeError

_CALL_S = 5.0
_PAGE = 100
_BURY = """
if redis.call('XACK', KEYS[1], ARGV[1], ARGV[2]) == 1 then
    local letter = {'error', ARGV[4], 'message_id', ARGV[2], 'headers', ARGV[5], 'data', ARGV[6]}
    redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', unpack(letter))
end
"""


def bury(pipe: Pipeline, delivery: Delivery, refusal: MnemeError, most: int) -> None:
    """Adds it to the pipeline; the oldest go when there are more than about `most`.

    Only whoever is the first to acknowledge it buries it: one that stood still for long finds that another was given it.
    """
    given: tuple[Any, ...] = (GROUP, delivery.id or "", most, refusal.message, orjson.dumps(delivery.headers), delivery.body)
    pipe.eval(_BURY, 2, INGEST, DEAD, *given)


class RedisLetters:
    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    async def list(self, limit: int) -> tuple[Sequence[Letter], int]:
        async with asyncio.timeout(_CALL_S):
            rows = await self._redis.xrevrange(DEAD, count=limit)
            return [_letter(row_id, fields) for row_id, fields in rows], int(await self._redis.xlen(DEAD))

    async def replay(self, ids: Sequence[str] | None) -> int:
        count = 0
        async for row_id, fields in self._chosen(ids):
            async with asyncio.timeout(_CALL_S), self._redis.pipeline(transaction=True) as pipe:
                pipe.xdel(DEAD, row_id)
                pipe.xadd(INGEST, {**orjson.loads(fields[b"headers"]), "data": fields[b"data"]})
                await pipe.execute()
            count += 1
        return count

    async def drop(self, ids: Sequence[str] | None) -> int:
        chosen = [row_id async for row_id, _ in self._chosen(ids)]
        async with asyncio.timeout(_CALL_S):
            return int(await self._redis.xdel(DEAD, *chosen)) if chosen else 0

    async def _chosen(self, ids: Sequence[str] | None) -> AsyncIterator[tuple[bytes, Mapping[bytes, bytes]]]:
        """The rows of `ids`; or all, the oldest first."""
        ranges = [(one, one) for one in ids] if ids is not None else [("-", "+")]
        for start, end in ranges:
            while rows := await self._page(start, end):
                for row in rows:
                    yield row
                start = f"({rows[-1][0].decode()}"
                if len(rows) < _PAGE:
                    break

    async def _page(self, start: str, end: str) -> Sequence[tuple[bytes, Mapping[bytes, bytes]]]:
        async with asyncio.timeout(_CALL_S):
            rows: Sequence[tuple[bytes, Mapping[bytes, bytes]]] = await self._redis.xrange(DEAD, start, end, count=_PAGE)
            return rows


def _letter(row_id: bytes, fields: Mapping[bytes, bytes]) -> Letter:
    buried_at = datetime.fromtimestamp(int(row_id.partition(b"-")[0]) / 1000, UTC)
    return Letter(id=row_id.decode(), error=fields[b"error"].decode(), buried_at=buried_at, body=fields[b"data"])
