"""Limits: what each account has used of its plan, and how many requests a second it may make. Counted in Redis, off by default."""

import asyncio
import time
from collections import Counter, OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Generic, TypeVar

import structlog
from limits import RateLimitItemPerSecond
from limits.aio.storage import RedisStorage
from limits.aio.strategies import SlidingWindowCounterRateLimiter
from redis.asyncio import Redis

from core.clock import Clock, system_clock
from core.later import Later
from core.models.chat import Meter
from core.redis import redis_errors
from core.settings import Settings
from core.store.keys import Keys
from core.store.reader import Reader
from schemas.errors import LimitReached, RateReached, Unavailable
from schemas.plan import INSTALLS, PLANS, Metered, Plan, Quota, Usage, Used, Window, begins, ends
from schemas.search import Selection

log = structlog.get_logger()

FRESH_S = 5.0
"""How old an account's plan, and the count of its memories, may be as a process knows them."""
_FULL_FRESH_S = 1.0
"""The same of the count, once it says that there is no room."""
_KEPT_S = 7 * 24 * 3600
"""A counter outlives its window by this, for who looks back."""
_PATIENCE_S = 0.5
_FULL_RETRY_S = 3600
"""When to try again where only deleting makes room."""
_OWNERS_MAX = 10_000

T = TypeVar("T")


class Limits:
    """One process' view. Where Redis does not answer nothing is counted, and nobody is refused: a plan is not worth an outage."""

    def __init__(
        self,
        redis: Redis,
        settings: Settings,
        keys: Keys,
        reader: Reader,
        *,
        clock: Clock = system_clock,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._keys = keys
        self._reader = reader
        self._clock = clock
        pool: Any = redis.connection_pool  # what their types leave out, their documentation offers
        self._storage = RedisStorage("async+redis://", implementation="redispy", connection_pool=pool, key_prefix="mneme:used")
        self._rates = SlidingWindowCounterRateLimiter(self._storage)
        self._plans = _Recent[Plan](now)
        self._stored = _Recent[int](now)
        self._unlimited: Counter[tuple[str, Window]] = Counter()
        self._later = Later(self._tell)

    async def admit(self, owner: str) -> None:
        """Let one request of the owner in. Raises LimitReached when there were too many within a second."""
        most = self._settings.requests_per_s
        if most is None:
            return
        rate = RateLimitItemPerSecond(most)
        if await _patiently(self._rates.hit(rate, owner), True):
            return
        raise RateReached(
            f"over {most} requests a second", limit=most, remaining=0, resets_at=int(self._clock().timestamp()) + 1, retry_after_s=1
        )

    async def spend(self, owner: str, what: Metered | str, count: int = 1) -> None:
        """Count what the owner uses. Searches are counted before they are made: raises LimitReached where they are used up,
        and then counts nothing. Where the plan sets no number of them they are counted a moment later, an account's in one round trip;
        what a crash loses is counts. Tokens are counted when they are spent: see `require`.
        """
        what = Metered(what)
        quota = (await self.plan(owner)).quota(what)
        window = quota.window if quota else Window.MONTH
        if what is Metered.SEARCHES and quota is None:
            self._unlimited[owner, window] += count
            self._later.ask()
            return
        used = await self._add(owner, what, window, count)
        if what is Metered.SEARCHES and quota is not None and used > quota.count:
            await self._add(owner, what, window, -count)
            raise self._used_up(what, quota)

    async def require(self, owner: str, what: Metered | str) -> None:
        """Before something is used whose count is known only afterwards: raises LimitReached where none is left."""
        what = Metered(what)
        quota = (await self.plan(owner)).quota(what)
        if quota is not None and await self._count(owner, what, quota.window) >= quota.count:
            raise self._used_up(what, quota)

    @asynccontextmanager
    async def metered(self, owner: str) -> AsyncIterator[Meter]:
        """What the meter counted inside is spent as the owner's tokens, whether or not it ended well."""
        meter = Meter()
        try:
            yield meter
        finally:
            if meter.tokens:
                try:
                    await self.spend(owner, Metered.TOKENS, meter.tokens)
                except Unavailable as error:  # what was paid for is not to be asked again over this
                    log.warning("usage.uncounted", error=type(error).__name__)

    async def room(self, owner: str, coming: int) -> None:
        """Before memories are added: raises LimitReached where the owner has none or too little room for `coming` more.

        What is on its way into the store, from other processes, may go beyond.
        """
        most = (await self.plan(owner)).memories
        if most is None:
            return
        stored = await self._stock(owner, FRESH_S)
        if stored + coming > most:
            stored = await self._stock(owner, _FULL_FRESH_S)
        if stored + coming > most:
            message = f"the plan has room for {most} memories, {stored} are stored"
            resets_at = int(self._clock().timestamp()) + _FULL_RETRY_S
            raise LimitReached(message, limit=most, remaining=max(0, most - stored), resets_at=resets_at, retry_after_s=_FULL_RETRY_S)
        self._stored.change(owner, stored + coming)

    async def usage(self, owner: str) -> Usage:
        """The owner's plan, and how much of it is used now."""
        await self._tell()
        plan = await self.plan(owner)
        memories = Used(await self._reader.count(Selection(owner=owner)), plan.memories)
        searches, tokens = [await self._used(owner, what, plan.quota(what)) for what in Metered]
        return Usage(plan.name, memories, searches, tokens)

    async def plan(self, owner: str) -> Plan:
        """The owner's plan, or the install's where it has none of its own; FRESH_S old at most."""
        known = self._plans.get(owner, FRESH_S)
        if known is None:
            account = await self._keys.find_owner(owner)
            name = account.plan if account else INSTALLS
            known = PLANS.get(self._settings.plan if name == INSTALLS else name, PLANS[self._settings.plan])
            self._plans.put(owner, known)
        return known

    async def settled(self) -> None:
        """When all searches so far are counted, or given up."""
        await self._later.settled()

    async def _tell(self) -> None:
        noted, self._unlimited = self._unlimited, Counter()
        for (owner, window), count in noted.items():
            if not await self._add(owner, Metered.SEARCHES, window, count):
                return  # Redis is away: nobody's turn is waited for as long again

    async def _stock(self, owner: str, fresh_s: float) -> int:
        stored = self._stored.get(owner, fresh_s)
        if stored is None:
            stored = await self._reader.count(Selection(owner=owner))
            self._stored.put(owner, stored)
        return stored

    async def _used(self, owner: str, what: Metered, quota: Quota | None) -> Used:
        window = quota.window if quota else Window.MONTH
        count = await self._count(owner, what, window)
        return Used(count, quota.count if quota else None, window, ends(window, self._clock()))

    async def _add(self, owner: str, what: Metered, window: Window, count: int) -> int:
        left_s = int((ends(window, self._clock()) - self._clock()).total_seconds())
        return await _patiently(self._storage.incr(self._key(owner, what, window), left_s + _KEPT_S, count), 0)

    async def _count(self, owner: str, what: Metered, window: Window) -> int:
        return await _patiently(self._storage.get(self._key(owner, what, window)), 0)

    def _key(self, owner: str, what: Metered, window: Window) -> str:
        return f"{what}:{window}:{begins(window, self._clock()):%Y-%m-%d}:{owner}"

    def _used_up(self, what: Metered, quota: Quota) -> LimitReached:
        now, reset = self._clock(), ends(quota.window, self._clock())
        return LimitReached(
            f"the plan's {quota.count} {what} a {quota.window} are used up",
            limit=quota.count,
            remaining=0,
            resets_at=int(reset.timestamp()),
            retry_after_s=max(1, int((reset - now).total_seconds()) + 1),
        )


async def _patiently(asked: Awaitable[T], otherwise: T) -> T:
    """What Redis answers, or `otherwise` where it does not within half a second."""
    try:
        async with asyncio.timeout(_PATIENCE_S):
            with redis_errors():
                return await asked
    except (Unavailable, TimeoutError) as error:
        log.warning("usage.uncounted", error=type(error).__name__)
        return otherwise


class _Recent(Generic[T]):
    """What was looked up lately, by owner; the longest unused dropped first."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._rows: OrderedDict[str, tuple[T, float]] = OrderedDict()

    def get(self, owner: str, fresh_s: float) -> T | None:
        row = self._rows.get(owner)
        if row is None or self._now() - row[1] >= fresh_s:
            return None
        self._rows.move_to_end(owner)
        return row[0]

    def put(self, owner: str, value: T) -> None:
        self._rows[owner] = (value, self._now())
        self._rows.move_to_end(owner)
        if len(self._rows) > _OWNERS_MAX:
            self._rows.popitem(last=False)

    def change(self, owner: str, value: T) -> None:
        """Another value, no fresher than the one before."""
        if owner in self._rows:
            self._rows[owner] = (value, self._rows[owner][1])
