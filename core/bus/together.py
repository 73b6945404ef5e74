"""Together: deliveries that a broker hands over one by one, taken in batches."""

import asyncio
from collections import deque
from itertools import islice, takewhile

from core.bus.delivery import Delivery, Take
from core.bus.names import BATCH
from schemas.errors import MnemeError

_Waiting = tuple[Delivery, asyncio.Future[MnemeError | None]]


class Together:
    """While one batch is being taken the next one gathers; whoever came first takes it for all, in the order of arrival."""

    def __init__(self, take: Take, most: int = BATCH) -> None:
        self._take = take
        self._most = most
        self._waiting: deque[_Waiting] = deque()
        self._turn = asyncio.Lock()

    async def __call__(self, delivery: Delivery) -> MnemeError | None:
        """As `Take`, of one delivery."""
        outcome: asyncio.Future[MnemeError | None] = asyncio.get_running_loop().create_future()
        self._waiting.append((delivery, outcome))
        while not outcome.done():
            async with self._turn:
                if not outcome.done():
                    await self._take_next()
        return outcome.result()

    async def _take_next(self) -> None:
        batch = self._next()
        try:
            refusals = await self._take([delivery for delivery, _ in batch])
        except BaseException:
            self._waiting.extendleft(reversed(batch))  # the next one in line takes them
            raise
        for (_, outcome), refusal in zip(batch, refusals, strict=True):
            if not outcome.done():
                outcome.set_result(refusal)

    def _next(self) -> list[_Waiting]:
        """One that comes again, alone; or those up to the next such."""
        fresh = list(islice(takewhile(lambda waiting: not waiting[0].again, self._waiting), self._most))
        return [self._waiting.popleft() for _ in range(len(fresh) or 1)]
