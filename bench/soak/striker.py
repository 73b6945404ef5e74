"""The striker: kills processes without warning, at random, and now and then stops a worker for longer than its lease."""

import asyncio
import os
import random
import signal
from collections import Counter

from bench.soak.install import Install

_ODDS = {"web": 28, "worker": 22, "second worker": 12, "tender": 14, "redis": 20, "everything": 4}
_PAUSES = 0.15
"""Share of strikes beside which a worker is stopped as well."""


class Striker:
    def __init__(self, install: Install, kills: int, every_s: float, lease_s: float) -> None:
        self._install = install
        self._kills = kills
        self._every_s = every_s
        self._lease_s = lease_s
        self.killed: Counter[str] = Counter()
        self.paused = 0
        self._struck = asyncio.Condition()

    async def run(self) -> None:
        """Strike `kills` times."""
        async with asyncio.TaskGroup() as pauses:
            while self.killed.total() < self._kills:
                await asyncio.sleep(self._every_s * random.uniform(0.2, 1.8))
                await asyncio.to_thread(self._install.mend)
                victims = await asyncio.to_thread(self._install.victims)
                if random.random() < _PAUSES and victims["second worker"]:
                    pauses.create_task(self._pause(victims["second worker"][0]))
                await self._kill({name: ids for name, ids in victims.items() if ids})
        await asyncio.to_thread(self._install.mend)

    async def keep_pace(self, share: float) -> None:
        """Returns once the share of kills done has caught up with this share of the messages."""
        async with self._struck:
            await self._struck.wait_for(lambda: (self.killed.total() + 1) / self._kills >= share)

    async def _kill(self, victims: dict[str, list[int]]) -> None:
        name = random.choices(list(victims), [_ODDS[name] for name in victims])[0]
        os.kill(random.choice(victims[name]), signal.SIGKILL)
        if name == "everything":
            await asyncio.to_thread(self._install.bury)
        async with self._struck:
            self.killed[name] += 1
            self._struck.notify_all()

    async def _pause(self, pid: int) -> None:
        try:
            os.kill(pid, signal.SIGSTOP)
            await asyncio.sleep(self._lease_s * random.uniform(1.2, 2.5))
            os.kill(pid, signal.SIGCONT)
            self.paused += 1
        except ProcessLookupError:
            return
