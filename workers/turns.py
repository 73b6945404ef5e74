"""Turns: work of this thread in stretches, so that others of its event loop come in between."""

import asyncio
import time

_STRETCH_S = 0.01


class Turns:
    """Many tasks that each take a moment would run one after the other, and whatever they wait for would begin only after the last."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._ending = False

    async def take(self) -> None:
        """Returns at once until a stretch of 10 ms is over, then after everything else that was ready to run."""
        while time.monotonic() - self._began > _STRETCH_S:
            if not self._ending:
                self._ending = True
                asyncio.get_running_loop().call_soon(self._begin)
            await asyncio.sleep(0)

    def _begin(self) -> None:
        self._began, self._ending = time.monotonic(), False
