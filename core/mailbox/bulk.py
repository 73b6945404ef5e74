"""Bulk jobs: their counters in Redis. Whoever accepts or closes an event of a job counts it in the same step (tally.lua)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

import orjson
from redis.asyncio import Redis
from redis.asyncio.client import Pipeline

from core.clock import Clock, system_clock
from core.mailbox.keys import BULK, BULK_STRETCH_S, BULKS
from core.redis import patiently, redis_errors
from core.settings import Settings
from schemas.bulk import BulkJob, LineError
from schemas.errors import NotFound
from schemas.ids import bulk_id

ERRORS_MAX = 100
"""Refused lines a job names; further ones are only counted."""
JOBS_MAX = 1_000
"""Jobs listed for an owner, the newest."""
_RECEIVING_S = 60
"""How long after a sign of life more lines are expected: an upload that died ends by that."""
_COUNTERS = ("received", "refused", "accepted", "stored", "skipped", "failed", "memories")


class BulkJobs:
    """A job lives from its first line until `receipt_ttl_s` after the last thing that happened to it."""

    def __init__(self, redis: Redis, settings: Settings, *, clock: Clock = system_clock) -> None:
        self._redis = redis
        self._ttl_s = settings.receipt_ttl_s
        self._clock = clock

    async def begin(self, owner: str, name: str) -> None:
        """The owner's job of this name is there from now on, and expects lines. Raises Unavailable."""
        job, now = bulk_id(owner, name), self._clock().timestamp()

        def put(pipe: Pipeline) -> None:
            for field, value in (("name", name), ("owner", owner), ("created", _micros(now)), ("updated", _micros(now))):
                pipe.hsetnx(BULK + job, field, str(value))
            pipe.zadd(BULKS + owner, {name: now}, nx=True)
            pipe.zremrangebyrank(BULKS + owner, 0, -JOBS_MAX - 1)
            pipe.expire(BULKS + owner, self._ttl_s)
            self._expect(pipe, job)

        await patiently(lambda: self._run(put))

    async def expect(self, job: str) -> None:
        """More lines are on their way, though none came for a while."""
        await patiently(lambda: self._run(lambda pipe: self._expect(pipe, job)))

    async def count(self, job: str, received: int, refused: Sequence[LineError] = ()) -> None:
        """Lines that were read, and those that could not be."""

        def put(pipe: Pipeline) -> None:
            pipe.hincrby(BULK + job, "received", received)
            if refused:
                pipe.hincrby(BULK + job, "refused", len(refused))
                pipe.rpush(f"{BULK}{job}:errors", *(orjson.dumps([one.line, one.error]) for one in refused[:ERRORS_MAX]))
                pipe.ltrim(f"{BULK}{job}:errors", 0, ERRORS_MAX - 1)
                pipe.expire(f"{BULK}{job}:errors", self._ttl_s)
            self._expect(pipe, job)

        with redis_errors():  # not made again: what is counted twice would be wrong
            await self._run(put)

    async def end(self, job: str) -> None:
        """No more lines come."""
        await patiently(lambda: self._run(lambda pipe: pipe.hdel(BULK + job, "until")))

    async def get(self, owner: str, name: str) -> BulkJob:
        """Raises NotFound."""
        found = await self._read(owner, [name])
        if not found:
            raise NotFound("there is no such job")
        return found[0]

    async def page(self, owner: str, limit: int) -> Sequence[BulkJob]:
        """The owner's jobs, the newest first; without their errors."""
        names = await patiently(lambda: self._redis.zrevrange(BULKS + owner, 0, limit - 1))
        return await self._read(owner, [name.decode() for name in names], errors=0)

    async def _read(self, owner: str, names: Sequence[str], errors: int = ERRORS_MAX) -> list[BulkJob]:
        keys = [BULK + bulk_id(owner, name) for name in names]

        def ask(pipe: Pipeline) -> None:
            for key in keys:
                pipe.hgetall(key)
            for key in keys if errors else ():
                pipe.lrange(f"{key}:errors", 0, errors - 1)

        rows = await patiently(lambda: self._run(ask)) if keys else []
        refused = rows[len(keys) :] or [[]] * len(keys)
        now = self._clock().timestamp()
        return [_job(row, lines, now) for row, lines in zip(rows[: len(keys)], refused, strict=True) if row.get(b"name")]

    async def _run(self, put: Callable[[Pipeline], Any]) -> list[Any]:
        async with self._redis.pipeline(transaction=True) as pipe:
            put(pipe)
            return await cast(Awaitable[list[Any]], pipe.execute())

    def _expect(self, pipe: Pipeline, job: str) -> None:
        pipe.hset(BULK + job, "until", str(_micros(self._clock().timestamp() + _RECEIVING_S)))
        pipe.expire(BULK + job, self._ttl_s)


def _job(row: Mapping[bytes, bytes], errors: Sequence[bytes], now: float) -> BulkJob:
    counts = {name: int(row.get(name.encode(), 0)) for name in _COUNTERS}
    counts["received"] = max(counts["received"], counts["accepted"] + counts["refused"])  # the last batch is counted a moment later
    return BulkJob(
        name=row[b"name"].decode(),
        created_at=_moment(row[b"created"]),
        updated_at=_moment(row[b"updated"]),
        receiving=int(row.get(b"until", 0)) > _micros(now),
        rate=_rate(row, now),
        errors=tuple(LineError(*orjson.loads(one)) for one in errors),
        **counts,
    )


def _rate(row: Mapping[bytes, bytes], now: float) -> float:
    """Events a second: of this stretch, and of the last one as much as makes ten seconds together."""
    stretch, passed = divmod(now, BULK_STRETCH_S)
    ago = stretch - int(row.get(b"stretch", -9))
    recent = int(row.get(b"recent", 0)) if ago in (0, 1) else 0
    here, before = (recent, int(row.get(b"before", 0))) if ago == 0 else (0, recent)
    seconds = min(BULK_STRETCH_S, max(1.0, now - int(row[b"created"]) / 1e6))
    return (here + before * (1 - passed / BULK_STRETCH_S)) / seconds


def _micros(seconds: float) -> int:
    return int(seconds * 1_000_000)


def _moment(micros: bytes) -> datetime:
    return datetime.fromtimestamp(int(micros) / 1e6, UTC)
