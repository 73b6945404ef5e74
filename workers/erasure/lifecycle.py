"""Lifecycle events: what was told of the user's memories, in its owner's stream and on the way to brokers and webhooks."""

from collections.abc import AsyncIterator
from functools import partial

from core.mailbox.entry import time_of
from core.mailbox.keys import LIFE, OUTBOX
from core.redis import patiently
from schemas.lifecycle import LifecycleEvent
from workers.erasure.place import Place, Whose

_PAGE = 500


async def _holds(whose: Whose) -> dict[str, int]:
    return {"lifecycle_events": sum([1 async for _ in _told(whose)])}


async def _erase(whose: Whose) -> None:
    async for key, entry_id in _told(whose):
        await patiently(partial(whose.resources.redis.xdel, key, entry_id))


async def _told(whose: Whose) -> AsyncIterator[tuple[str, bytes]]:
    for key in (LIFE + whose.owner, OUTBOX):
        start = "-"
        while rows := await patiently(partial(whose.resources.redis.xrange, key, start, "+", count=_PAGE)):
            for entry_id, fields in rows:
                at = time_of(int(entry_id.partition(b"-")[0]) * 1000)
                event = LifecycleEvent.model_validate_json(fields[b"event"])
                # that the erasure itself was done is told later, and names the user all the same
                old = whose.is_old(at) or event.event_kind == "user.erased"
                if old and (event.owner, event.user_id) == (whose.owner, whose.user):
                    yield key, entry_id
            start = f"({rows[-1][0].decode()}"


LIFECYCLE = Place(holds=_holds, erase=_erase, keys=(LIFE, OUTBOX))
