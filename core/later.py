"""Later: work that nobody waits for, done once for all who ask for it within a moment."""

import asyncio
from collections.abc import Awaitable, Callable

_MOMENT_S = 0.25


class Later:
    """Does `work`, which must not raise, a moment after it was asked for. One task at a time, and none while nobody asks."""

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Have it done soon."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._do())

    async def settled(self) -> None:
        """When all that was asked for is done."""
        if self._task is not None:
            await self._task

    async def _do(self) -> None:
        while self._asked:
            await asyncio.sleep(_MOMENT_S)
            self._asked = False
            await self._work()
