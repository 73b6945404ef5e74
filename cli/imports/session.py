"""Session: one run of an import, from the first item that is not sent yet until everything is handled."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from cli.imports.items import Item
from cli.imports.progress import Progress
from cli.imports.resume import Standing
from cli.imports.sending import Sender
from cli.imports.source import Source
from cli.refusal import Refused
from ingest.bulk.lines import BYTES_MAX, LINES_MAX
from schemas.errors import Unavailable

SAID_MAX = 20
"""Refusals that are shown; further ones are counted."""
_LOOK_S = 0.5


@dataclass(slots=True)
class Session:
    """Gathers, as it goes, what there is to say of it at the end, also when it is broken off."""

    standing: Standing
    progress: Progress
    strict: bool
    """Stop at the first refusal."""
    wait: bool
    """Stay until everything is handled, not only durable."""
    refused: int = 0
    job: dict[str, Any] = field(default_factory=dict)
    _all_sent: bool = False

    async def go(self, coming: Iterator[Item], sources: Sequence[Source], sender: Sender) -> None:
        """Sends what comes. Raises Refused, MnemeError, alone or in a group."""
        async with asyncio.TaskGroup() as group:
            watching = group.create_task(self._watch(sources, sender))
            await self._send(coming, sender)
            await sender.end()
            self._all_sent = True
            if not self.wait:
                watching.cancel()
        self.job = await sender.job()
        self.standing.forget()

    def refuse(self, place: str, problem: str) -> None:
        self.refused += 1
        if self.refused <= SAID_MAX:
            self.progress.say(f"{place}: {problem}")
        elif self.refused == SAID_MAX + 1:
            self.progress.say("further refusals are only counted")

    @property
    def all_well(self) -> bool:
        return not (self.refused or self.job.get("refused") or self.job.get("failed"))

    async def _send(self, coming: Iterator[Item], sender: Sender) -> None:
        while batch := await asyncio.to_thread(batch_of, coming):
            places = {item.number: item.place for item in batch}
            for item in batch:
                if item.problem is not None:
                    self.refuse(item.place, item.problem)
            for one in await sender.send(batch):
                self.refuse(places[one.line], one.error)
            self.standing.keep(batch[-1].number)
            if self.strict and self.refused:
                raise Refused("stopped at the first refusal (--strict)")

    async def _watch(self, sources: Sequence[Source], sender: Sender) -> None:
        while True:
            all_sent = self._all_sent
            with suppress(Unavailable):  # it may come back
                self.job = await sender.job()
            self.progress.show(self.job, 1.0 if all_sent else _part(sources))
            if all_sent and _handled(self.job) >= self.job.get("accepted", 0):
                return
            await asyncio.sleep(_LOOK_S)


def batch_of(coming: Iterator[Item]) -> list[Item]:
    """As many as go in one step; [] at the end."""
    batch: list[Item] = []
    size = 0
    for item in coming:
        batch.append(item)
        size += len(item.body)
        if len(batch) == LINES_MAX or size > BYTES_MAX:
            break
    return batch


def _handled(job: dict[str, Any]) -> int:
    return sum(int(job.get(name, 0)) for name in ("stored", "skipped", "failed"))


def _part(sources: Sequence[Source]) -> float | None:
    """Which part of all files is read."""
    sizes = [source.size_bytes for source in sources]
    if None in sizes:
        return None
    return sum(source.counted.count for source in sources) / max(1, sum(size or 0 for size in sizes))
