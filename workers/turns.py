"""Turns: work of this thread in stretches, so that others of its event loop come in between."""

import asyncio
from collections import deque

_STRETCH = 4_000
"""Characters; rules read them in some 10 ms."""


class Turns:
    """Many tasks that each take a moment would run one after the other, and whatever they wait for would begin only after the last."""

    def __init__(self) -> None:
        self._left = _STRETCH
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._called = False

    async def take(self, characters: int) -> None:
        """Returns at once until a stretch is used up, then in the order of asking, after everything else that was ready to run."""
        if not self._waiting and self._left > 0:
            self._left -= characters
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((characters, future))
        self._call()
        await future

    def _call(self) -> None:
        if not self._called:
            self._called = True
            asyncio.get_running_loop().call_soon(self._begin)

    def _begin(self) -> None:
        self._left, self._called = _STRETCH, False
        while self._waiting and self._left > 0:
            characters, future = self._waiting.popleft()
            if not future.done():
                self._left -= characters
                future.set_result(None)
        if self._waiting:
            self._call()
