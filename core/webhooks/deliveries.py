"""Deliveries: what is on its way to each webhook, in order of what it is about, and the last of what is over."""

from collections.abc import AsyncIterator, Awaitable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from importlib.resources import files
from typing import Any, cast

from redis.asyncio import Redis

from core.clock import Clock, system_clock
from core.mailbox.keys import HOOK
from core.redis import patiently
from core.settings import Settings
from schemas.errors import Conflict, NotFound
from schemas.webhook import Delivery, DeliveryStatus

_BUSY = "mneme:webhooks:busy"
"""Set: ids of the webhooks that something is on its way to."""
_PARTS = ("line", "due", "deliveries", "log", "state")
_SCRIPTS = ("enqueue", "settle", "replay", "drop")
_CHUNK = 200


@dataclass(frozen=True, slots=True)
class Due:
    """A delivery whose turn it is; `member` is its place in line."""

    member: str
    delivery: Delivery


class Deliveries:
    """All of it in Redis, a few keys a webhook."""

    def __init__(self, redis: Redis, settings: Settings, *, clock: Clock = system_clock) -> None:
        self._redis = redis
        self._settings = settings
        self._clock = clock
        self._scripts = {name: redis.register_script(_source(name)) for name in _SCRIPTS}

    async def enqueue(self, webhook_id: str, deliveries: Iterable[Delivery]) -> tuple[str, int]:
        """Put them in line, those that are not known yet; gives the number of the last one and how many were new."""
        args = [part for one in deliveries for part in (one.id, one.about, one.model_dump_json())]
        number, new = await self._run("enqueue", webhook_id, self._settings.webhook_queue_max, self._now_ms(), *args)
        return number.decode(), int(new)

    async def due(self, webhook_id: str, limit: int) -> list[Due]:
        """Those whose turn it is by now, at most one about each memory; none while the webhook rests."""
        if await self._rests_until(webhook_id) > self._now_ms():
            return []
        rows = await patiently(lambda: self._redis.zrangebyscore(_key(webhook_id, "due"), "-inf", self._now_ms(), start=0, num=limit))
        members = [row.decode() for row in rows]
        bodies = await self._bodies(webhook_id, [member.rpartition(" ")[2] for member in members])
        return [Due(member, body) for member, body in zip(members, bodies, strict=True) if body is not None]

    async def next_at(self, webhook_id: str) -> datetime | None:
        """When the next one is due; None where nothing waits."""
        rows = await patiently(lambda: self._redis.zrange(_key(webhook_id, "due"), 0, 0, withscores=True))
        if not rows:
            return None
        return datetime.fromtimestamp(max(rows[0][1], await self._rests_until(webhook_id)) / 1000, UTC)

    async def rest(self, webhook_id: str, until: datetime) -> None:
        """Send it nothing before a moment: a receiver that is down is not asked about everything that waits."""
        await patiently(lambda: cast(Awaitable[int], self._redis.hset(_key(webhook_id, "state"), "rests", str(_ms(until)))))

    async def settle(self, webhook_id: str, due: Due, delivery: Delivery) -> None:
        """Keep what became of it: it is over and the next about the same memory is due, or it is tried again at `next_at`."""
        over = delivery.status is not DeliveryStatus.WAITING
        at_ms = self._now_ms() if over or delivery.next_at is None else _ms(delivery.next_at)
        body = delivery.model_dump_json()
        await self._run("settle", webhook_id, due.member, delivery.id, body, int(over), at_ms, self._settings.webhook_log_max)

    async def page(self, webhook_id: str, limit: int) -> list[Delivery]:
        """Those that wait, in the order in which they are due, then those that are over, the newest first."""
        waiting = await patiently(lambda: self._redis.zrange(_key(webhook_id, "due"), 0, limit - 1))
        over = await patiently(lambda: self._redis.zrevrange(_key(webhook_id, "log"), 0, limit - 1))
        ids = [row.decode().rpartition(" ")[2] for row in (*waiting, *over)][:limit]
        return [body for body in await self._bodies(webhook_id, ids) if body is not None]

    async def counts(self, webhook_id: str) -> dict[str, int]:
        """How many wait, and how many were not made because too many did."""
        waiting = await patiently(lambda: self._redis.zcard(_key(webhook_id, "line")))
        dropped = await patiently(lambda: cast(Awaitable[bytes | None], self._redis.hget(_key(webhook_id, "state"), "dropped")))
        return {"waiting": int(waiting), "dropped": int(dropped or 0)}

    async def replay(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Send one that is over once more, after all that waits about the same memory. Raises NotFound, and Conflict for one that waits."""
        [known] = await self._bodies(webhook_id, [delivery_id])
        if known is None:
            raise NotFound("there is no such delivery, or it is no longer kept")
        again = known.model_copy(update={"status": DeliveryStatus.WAITING, "since": self._clock(), "next_at": None})
        if not await self._run("replay", webhook_id, again.id, again.about, again.model_dump_json(), self._now_ms()):
            raise Conflict("the delivery is on its way already")
        return again

    async def busy(self) -> list[str]:
        """Webhooks that something is on its way to."""
        found = await patiently(lambda: cast(Awaitable[set[bytes]], self._redis.smembers(_BUSY)))
        return sorted(member.decode() for member in found)

    async def all(self, webhook_id: str) -> AsyncIterator[list[Delivery]]:
        """Every one that is kept, in no order, some perhaps twice; a chunk at a time."""
        cursor = 0
        while True:
            cursor, rows = await patiently(partial(self._scan, webhook_id, cursor))
            yield [Delivery.model_validate_json(row) for row in rows.values()]
            if cursor == 0:
                return

    async def drop(self, webhook_id: str, deliveries: Sequence[Delivery]) -> None:
        """Forget these, on their way or over: nothing of them is sent any more, and who waits behind them is due."""
        for start in range(0, len(deliveries), _CHUNK):
            args = [part for one in deliveries[start : start + _CHUNK] for part in (one.id, one.about)]
            await self._run("drop", webhook_id, self._now_ms(), *args)

    async def _scan(self, webhook_id: str, cursor: int) -> tuple[int, dict[bytes, bytes]]:
        return await cast(Awaitable[tuple[int, dict[bytes, bytes]]], self._redis.hscan(_key(webhook_id, "deliveries"), cursor, count=500))

    async def forget(self, webhook_id: str) -> None:
        """Drop all that is known of a webhook that is gone."""
        await patiently(lambda: self._redis.unlink(*(_key(webhook_id, part) for part in _PARTS)))
        await patiently(lambda: cast(Awaitable[int], self._redis.srem(_BUSY, webhook_id)))

    async def _rests_until(self, webhook_id: str) -> int:
        until = await patiently(lambda: cast(Awaitable[bytes | None], self._redis.hget(_key(webhook_id, "state"), "rests")))
        return int(until or 0)

    async def _bodies(self, webhook_id: str, ids: Sequence[str]) -> list[Delivery | None]:
        if not ids:
            return []
        rows = await patiently(lambda: cast(Awaitable[list[bytes | None]], self._redis.hmget(_key(webhook_id, "deliveries"), list(ids))))
        return [None if row is None else Delivery.model_validate_json(row) for row in rows]

    async def _run(self, name: str, *args: str | int) -> Any:
        return await patiently(lambda: self._scripts[name](args=args))

    def _now_ms(self) -> int:
        return _ms(self._clock())


def _key(webhook_id: str, part: str) -> str:
    return f"{HOOK}{webhook_id}:{part}"


def _ms(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def _source(name: str) -> str:
    lua = files(__package__)
    names = f"local HOOK, BUSY = '{HOOK}', '{_BUSY}'\n"
    return names + (lua / "line.lua").read_text() + (lua / f"{name}.lua").read_text()
