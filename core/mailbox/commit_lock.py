"""The commit lock: one commit of a shard's table at a time, over all processes; its owner's and upkeep's."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import structlog

from core.mailbox.lease import Lease
from core.mailbox.scripts import Part
from schemas.errors import LeaseLost, Unavailable

log = structlog.get_logger()

_WAIT_S = 60.0
"""How long a commit waits for another to end; compacting a million rows takes up to 20 s."""
_PAUSE_S = (0.005, 0.1)
"""First and longest pause between two looks at the lock."""
_SAFE = 0.8
"""Which part of its TTL a lock is trusted for."""


_LOOSE = 2
"""The lock was taken, and its last holder never gave it back: a commit of that one may still be under way."""


class CommitLocks(Part):
    """The lock ends by itself when its holder dies; a lease's with the lease.

    One that dies may only have been stopped in the midst of a commit, and go on with it one day: who comes after it fences the
    shard first.
    """

    _fence: Callable[[int], Awaitable[None]] | None = None

    async def begin_commit(self, lease: Lease) -> None:
        """Returns when the owner may commit. Raises LeaseLost, or Unavailable when the lock did not come free in a minute."""
        ttl_ms = round(lease.ttl_s * 1000)

        async def try_once() -> int:
            lease.check()
            return int(await self._scripts.run("commit", lease.arguments(ttl_ms)))

        _, outcome = await _until(try_once, lease.shard)
        await self._keep_out(lease.shard, lease.holder, outcome)
        lease.check()

    async def end_commit(self, lease: Lease) -> None:
        """Let another commit. Never raises: a lock that could not be given back runs out."""
        await self._drop(lease.shard, lease.holder)

    @asynccontextmanager
    async def commit_lock(self, shard: int, holder: str, ttl_s: float) -> AsyncIterator[str]:
        """The lock for who does not own the shard, kept while the body runs; gives the name it is held under.

        `holder` begins that name, for people to read.

        The body is cancelled, and LeaseLost raised, once the lock can't be kept. Raises Unavailable as `begin_commit`.
        """
        name = f"{holder}:{secrets.token_hex(4)}"
        try:
            taken, outcome = await _until(lambda: self._lock(shard, name, "take", ttl_s), shard)
            async with self._kept(shard, name, ttl_s, taken):
                await self._keep_out(shard, name, outcome)
                yield name
        finally:
            await self._drop(shard, name)

    @asynccontextmanager
    async def _kept(self, shard: int, holder: str, ttl_s: float, taken: float) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout_at(taken + _SAFE * ttl_s) as fence:
                keeping = asyncio.create_task(self._keep(shard, holder, ttl_s, fence))
                try:
                    yield
                finally:
                    keeping.cancel()
                    await asyncio.gather(keeping, return_exceptions=True)
        except TimeoutError as error:
            if fence.expired():
                raise LeaseLost(f"the commit lock of shard {shard} was lost") from error
            raise

    async def _keep(self, shard: int, holder: str, ttl_s: float, fence: asyncio.Timeout) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(ttl_s / 3)
            asked = loop.time()
            with suppress(Unavailable):
                kept = await self._lock(shard, holder, "keep", ttl_s)
                fence.reschedule(asked + _SAFE * ttl_s if kept else asked)

    async def _keep_out(self, shard: int, holder: str, outcome: int) -> None:
        """Fence the shard where a commit of an earlier holder may come late. If that fails, the next one does it."""
        if outcome != _LOOSE or self._fence is None:
            return
        log.info("shard.fenced", shard=shard)
        try:
            await self._fence(shard)
        except BaseException:
            await self._drop(shard, holder, "leave")
            raise

    async def _drop(self, shard: int, holder: str, verb: str = "drop") -> None:
        with suppress(Unavailable):  # who can't fence leaves it to the next one
            await self._lock(shard, holder, verb if self._fence else "leave", 0)

    async def _lock(self, shard: int, holder: str, verb: str, ttl_s: float) -> int:
        return int(await self._scripts.run("lock", [shard, holder, verb, round(ttl_s * 1000)]))


async def _until(try_once: Callable[[], Awaitable[int]], shard: int) -> tuple[float, int]:
    """Try until it is done; gives the loop's time just before the try that did it, and that one's outcome."""
    clock = asyncio.get_running_loop().time
    give_up = clock() + _WAIT_S
    pause_s, longest_s = _PAUSE_S
    while True:
        asked = clock()
        if outcome := await try_once():
            return asked, outcome
        if asked > give_up:
            raise Unavailable(f"another commit of shard {shard} does not end", retry_after_s=5)
        await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
        pause_s = min(longest_s, 2 * pause_s)
