"""Tended: whose turn it is to rewrite a shard's files. Upkeep goes on beside commits, and nothing else that rewrites beside it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from core.mailbox.place import place
from core.resources import Resources
from schemas.errors import Unavailable
from schemas.ids import new_id

_WAIT_S = 60.0
_LOOK_S = 0.1


def tending(resources: Resources, shard: int, name: str) -> AbstractAsyncContextManager[bool]:
    """The shard's files for ourselves, over all processes and machines; False where another has them. `name` is for people to read.

    The body is cancelled, and LeaseLost raised, once they can't be kept.
    """
    return place(resources.redis, f"upkeep:{shard}", f"{name}/{new_id()}", resources.settings.lease_s)


@asynccontextmanager
async def in_turn(resources: Resources, shard: int, name: str) -> AsyncIterator[None]:
    """As `tending`, after whoever has them. Raises Unavailable when that takes more than a minute."""
    clock = asyncio.get_running_loop().time
    give_up = clock() + _WAIT_S
    while clock() < give_up:
        async with tending(resources, shard, name) as ours:
            if ours:
                yield
                return
        await asyncio.sleep(_LOOK_S)
    raise Unavailable(f"the upkeep of shard {shard} does not end", retry_after_s=5)
