"""Telling: lifecycle events, said by whoever holds a shard's commit lock, so that a memory's come in the order of its changes."""

from collections.abc import Iterator, Sequence

from core.mailbox.keys import promised_key
from core.mailbox.scripts import Argument, Part
from core.redis import patiently
from schemas.errors import LeaseLost
from schemas.lifecycle import LifecycleEvent

_CALL_EVENTS = 1_000
"""Most in one script call, for as long as it runs Redis serves no one else."""


class Telling(Part):
    """The owner of a shard tells what it did after the commit; if it dies in between, its successor finds the plan, does the same
    again and tells the same again. Maintenance has no plan: it promises first, and what it promised is told by whoever comes next."""

    async def tell(self, shard: int, holder: str, events: Sequence[LifecycleEvent] = (), *, let_go: bool = False) -> None:
        """Append what was promised in this shard, then `events`, to their owners' streams; with `let_go` give the commit lock back.

        Raises LeaseLost, and then tells nothing more, where the lock is not `holder`'s.
        """
        for chunk, last in _chunks(events):
            args = [shard, holder, int(let_go and last), *self._told_bounds(), *_arguments(chunk)]
            if not await self._scripts.run("tell", args):
                raise LeaseLost(f"the commit lock of shard {shard} was lost before all was told")

    async def promise(self, shard: int, holder: str, events: Sequence[LifecycleEvent]) -> None:
        """Note what will be told once it is committed. Raises LeaseLost."""
        for chunk, _ in _chunks(events):
            if chunk and not await self._scripts.run("promise", [shard, holder, *_arguments(chunk)]):
                raise LeaseLost(f"the commit lock of shard {shard} was lost")

    async def untold(self) -> list[int]:
        """Shards where something is promised: maintenance is under way there, or died."""
        keys = [promised_key(shard) for shard in range(self._settings.shards)]
        if not await patiently(lambda: self._redis.exists(*keys)):
            return []
        return [shard for shard, key in enumerate(keys) if await self._redis.exists(key)]

    async def dropped(self, *, quiet_s: float = 10, longest_s: float = 60) -> int:
        """How many lifecycle events a burst has driven out of the outbox before all who should have them had them; 0 while there is none.

        A burst is over after `quiet_s` without another, at the latest after `longest_s`, and given to one caller, once.
        """
        return int(await self._scripts.run("dropped", [str(quiet_s), str(longest_s)]))

    def _told_bounds(self) -> tuple[Argument, ...]:
        """What say.lua is told."""
        settings = self._settings
        return settings.lifecycle_max, settings.lifecycle_ttl_s, settings.outbox_max, int(bool(settings.broker_urls))


def encode_told(event: LifecycleEvent) -> bytes:
    return event.model_dump_json(exclude_defaults=True).encode()


def _arguments(events: Sequence[LifecycleEvent]) -> list[Argument]:
    return [part for event in events for part in (event.owner, encode_told(event))]


def _chunks(events: Sequence[LifecycleEvent]) -> Iterator[tuple[Sequence[LifecycleEvent], bool]]:
    """The events in calls of a bounded size, at least one, and whether it is the last."""
    for start in range(0, max(1, len(events)), _CALL_EVENTS):
        yield events[start : start + _CALL_EVENTS], start + _CALL_EVENTS >= len(events)
