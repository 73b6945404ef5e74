"""Lease: who owns a shard, and until when."""

import asyncio
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime

from core.mailbox.scripts import Argument, Part
from schemas.errors import LeaseLost, Unavailable

BEGINNING = "0-0"


@dataclass(frozen=True, slots=True)
class Run:
    """What the receipt will say about an event under way."""

    started_at: datetime | None = None
    attempts: int = 0


@dataclass(slots=True, eq=False)
class Lease:
    """The right to handle a shard's events. It is one reader's: what was read, and what of that is under way, stands here."""

    shard: int
    owner: str
    token: int
    """Rises with every owner of the shard."""
    holder: str
    """What Redis compares: token, owner, and a part of its own for every take."""
    ttl_s: float
    deadline: float
    """time.monotonic() when Redis lets go at the earliest."""
    after_live: str = BEGINNING
    after_bulk: str = BEGINNING
    live_run: int = 0
    """Entries of the live lane read since the last one of bulk."""
    running: dict[str, Run] = field(default_factory=dict)
    """By event id; given back when the lease is released."""

    def check(self) -> None:
        """Raises LeaseLost when less than a tenth of the lease is left: too little to begin anything that must not overlap."""
        if time.monotonic() > self.deadline - self.ttl_s / 10:
            raise LeaseLost(f"the lease of shard {self.shard} has run out")

    def arguments(self, *more: Argument) -> list[Argument]:
        """What a fenced script is called with."""
        return [self.shard, self.holder, *more]


class Leases(Part):
    """Taking a shard, keeping it, and letting it go."""

    async def take(self, shard: int, owner: str) -> Lease | None:
        """The shard, if nobody has it. `owner` is for people to read; it need not be unique."""
        asked, ttl_s = time.monotonic(), self._settings.lease_s
        name = f"{owner}:{secrets.token_hex(4)}"
        token = await self._scripts.run("take", [shard, name, _ms(ttl_s)])
        if token is None:
            return None
        return Lease(shard, owner, int(token), f"{int(token)}:{name}", ttl_s, asked + ttl_s)

    async def renew(self, lease: Lease) -> None:
        """Another `lease_s` from now, for the commit lock as well. Tries until the lease has run out, then raises LeaseLost."""
        while True:
            asked = time.monotonic()
            try:
                await self._scripts.run("renew", lease.arguments(_ms(lease.ttl_s)))
            except Unavailable:
                lease.check()
                await asyncio.sleep(0.1)
            else:
                lease.deadline = asked + lease.ttl_s
                return

    async def release_if_empty(self, lease: Lease) -> bool:
        """Let go if nothing waits in the shard: in one step, so that no event is left without an owner or a wake-up. Raises LeaseLost."""
        return await self._release(lease, lease.running, only_empty=True)

    async def release(self, lease: Lease, *, in_order: bool = True) -> None:
        """Let go, whatever waits. Never raises: a lease that is lost is let go, and one that can't be given back runs out.

        In order, the events under way are given back. Otherwise they stay marked as under way when their owner died.
        """
        with suppress(LeaseLost, Unavailable):
            await self._release(lease, lease.running if in_order else (), only_empty=False)

    async def _release(self, lease: Lease, given_back: Iterable[str], *, only_empty: bool) -> bool:
        args = lease.arguments(lease.token, int(only_empty), *given_back)
        return bool(await self._scripts.run("release", args))


def _ms(seconds: float) -> int:
    return max(1, round(seconds * 1000))
