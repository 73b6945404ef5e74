"""Shapes: exports in an application's schema, kept in Redis for a while."""

from collections.abc import Awaitable
from typing import Any, cast

from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from core.clock import Clock, system_clock
from core.redis import patiently
from core.settings import Settings
from schemas.errors import BadInput, NotFound, TooLarge
from schemas.search import Filter
from schemas.shape import Shape, filter_key

SHAPE = "mneme:shape:"
"""+ id: JSON of the shape, for `export_ttl_s`."""
SHAPES = "mneme:shapes:"
"""+ owner: sorted set of what names its shapes, `<digest of the filter>/<id>`, by time."""
KEPT_MAX = 20
"""Shapes kept of an owner; the oldest go first."""
RESULT_MAX_BYTES = 512 * 1024


class Shapes:
    def __init__(self, redis: Redis, settings: Settings, *, clock: Clock = system_clock) -> None:
        self._redis = redis
        self._ttl_s = settings.export_ttl_s
        self._clock = clock

    async def add(self, shape: Shape) -> None:
        """Keep an order. The owner's oldest goes where there are too many."""
        names = SHAPES + shape.owner
        member = f"{filter_key(shape.where)}/{shape.id}"

        def put(pipe: Pipeline) -> None:
            pipe.set(SHAPE + shape.id, shape.model_dump_json(), ex=self._ttl_s)
            pipe.zadd(names, {member: shape.created_at.timestamp()})
            pipe.zrange(names, 0, -KEPT_MAX - 1)
            pipe.zremrangebyrank(names, 0, -KEPT_MAX - 1)
            pipe.expire(names, self._ttl_s)

        *_, gone, _, _ = await patiently(lambda: self._run(put))
        if gone:
            await patiently(lambda: self._redis.delete(*(SHAPE + _id(member) for member in gone)))

    async def find(self, owner: str, shape_id: str) -> Shape:
        """Raises NotFound."""
        text = await patiently(lambda: self._redis.get(SHAPE + shape_id))
        shape = Shape.model_validate_json(text) if text else None
        if shape is None or shape.owner != owner:
            raise NotFound("there is no such export")
        return shape

    async def latest(self, owner: str, where: Filter) -> Shape:
        """The owner's newest with this filter. Raises NotFound."""
        prefix = f"{filter_key(where)}/".encode()
        for member in await patiently(lambda: self._redis.zrevrange(SHAPES + owner, 0, -1)):
            if member.startswith(prefix):
                return await self.find(owner, _id(member))
        raise NotFound("there is no export with these filters")

    async def finish(self, shape: Shape) -> None:
        """Keep what came of it, if it is still wanted: an erasure may have taken it away. Raises TooLarge."""
        text = shape.model_dump_json()
        if len(text) > RESULT_MAX_BYTES:
            raise TooLarge(f"the export is larger than {RESULT_MAX_BYTES} bytes; ask for less of it by filters")
        await patiently(lambda: self._redis.set(SHAPE + shape.id, text, keepttl=True, xx=True))

    async def names(self, owner: str) -> list[str]:
        """The ids of the owner's shapes."""
        return [_id(member) for member in await patiently(lambda: self._redis.zrange(SHAPES + owner, 0, -1))]

    async def clear(self, owner: str) -> None:
        """Forget all of the owner's."""
        keys = [SHAPE + name for name in await self.names(owner)]
        await patiently(lambda: self._redis.delete(SHAPES + owner, *keys))

    async def _run(self, put: Any) -> list[Any]:
        async with self._redis.pipeline(transaction=True) as pipe:
            put(pipe)
            return await cast(Awaitable[list[Any]], pipe.execute())


def finished(shape: Shape) -> dict[str, Any]:
    """The result. Raises NotFound while there is none, BadInput where there will be none."""
    if shape.error is not None:
        raise BadInput(f"the export failed: {shape.error}")
    if shape.result is None:
        raise NotFound("the export is not ready yet")
    return shape.result


def _id(member: bytes) -> str:
    return member.decode().rpartition("/")[2]
