"""Waiting: events of the user in the mailbox. An erasure is a barrier: what was accepted before is closed by the time it is handled."""

from functools import partial

from core.mailbox.keys import BOX, OPEN, lane_key
from core.redis import patiently
from schemas.event import Lane
from schemas.scope import shard_of
from workers.erasure.place import Place, Whose

_PAGE = 500
_LANES: tuple[Lane, ...] = ("live", "bulk")


async def _holds(whose: Whose) -> dict[str, int]:
    """What was accepted before the erasure and is not closed."""
    shard = shard_of(whose.subject, whose.resources.settings.shards)
    return {"waiting_events": sum([await _older(lane_key(shard, lane), whose) for lane in _LANES])}


async def _older(key: str, whose: Whose) -> int:
    micros = round(whose.accepted_at.timestamp() * 1e6)
    count, start, before = 0, "-", f"({micros // 1000}-{micros % 1000}"
    while rows := await patiently(partial(whose.resources.redis.xrange, key, start, before, count=_PAGE)):
        count += sum(fields[b"subject"].decode() == whose.subject for _, fields in rows)
        start = f"({rows[-1][0].decode()}"
    return count


async def _erase(whose: Whose) -> None:
    """Nothing: see above."""


WAITING = Place(holds=_holds, erase=_erase, keys=(BOX, OPEN))
