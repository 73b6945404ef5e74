"""Ending: what was begun at the store is ended, even by who is told to stop."""

import asyncio
from collections.abc import Coroutine


async def to_the_end(work: Coroutine[None, None, None]) -> None:
    """Cancelled in the middle, wait for the end all the same: the next writer must not merge beside a commit under way."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.gather(task, return_exceptions=True)
        raise
