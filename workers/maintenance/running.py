"""Running: what a job works with while it carries out an order, and what it did so far."""

import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import TypeVar

from core.erased import erased_since
from core.erased import now as redis_now
from core.resources import Resources
from core.store.tending import Batch, Row, Tender
from schemas.lifecycle import of_change
from schemas.maintenance import Order, Pruned, Report, Run, Skipped
from schemas.scope import shard_of, subject_of
from workers.ending import to_the_end

CHUNK = 1_000
"""Memories changed in one commit: what bounds the time an owner waits for the lock."""
_NAMED_MAX = 1_000
"""Memories that a report names; of the rest it tells the number."""
_TOLD_S = 0.5
"""How often progress is told."""
T = TypeVar("T")


class Later(Exception):
    """The rest of a run has to wait until a moment; it is begun again then."""

    def __init__(self, moment: datetime) -> None:
        super().__init__(f"not before {moment}")
        self.moment = moment


Decide = Callable[[dict[str, Row]], Awaitable[Batch] | Batch]


@dataclass(slots=True)
class Running:
    """A run under way. Everything a job changes goes through `commit`."""

    resources: Resources
    run: Run
    name: str
    """Of the process, for people who look at locks."""
    counts: Counter[str] = field(default_factory=Counter)
    candidates: list[Pruned] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    _subjects: dict[str, str] = field(default_factory=dict)
    """Of the candidates named, by memory id."""
    _began: float = 0.0
    """By Redis' clock."""
    _started: float = field(default_factory=time.monotonic)
    _told: float = 0.0

    @property
    def order(self) -> Order:
        return self.run.order

    def now(self) -> datetime:
        return self.resources.clock()

    def tenders(self) -> Iterator[Tender]:
        """The shards that can have memories of those the order is about, one after the other."""
        order, shards = self.order, self.resources.settings.shards
        of_user = [shard_of(subject_of(order.owner, "user", order.user), shards)] if order.owner and order.user else range(shards)
        return (Tender(self.resources.store, shard, order.owner, order.user) for shard in of_user)

    async def commit(self, tender: Tender, ids: Collection[str], decide: Decide) -> None:
        """Commit what is decided about these memories as they are now, beside the shard's owner; nothing on a dry run.

        `decide` gets their rows, read under the commit lock: those that are gone are missing.
        """
        resources = self.resources
        async with resources.mailbox.commit_lock(tender.shard, self.name, resources.settings.lease_s) as holder:
            decided = decide(await tender.stored(ids))
            batch = decided if isinstance(decided, Batch) else await decided
            if gone := await self.erased():
                batch = batch.without(gone)
            if batch and not self.order.dry_run:
                await to_the_end(self._commit(tender, batch, holder))

    async def _commit(self, tender: Tender, batch: Batch, holder: str) -> None:
        """What it does is promised to those who listen before it is done, so that a death in between keeps nothing from them."""
        mailbox, told = self.resources.mailbox, list(map(of_change, batch.changes))
        await mailbox.promise(tender.shard, holder, told)
        await tender.commit(batch)
        if told:
            await mailbox.tell(tender.shard, holder)

    def count(self, *names: str) -> None:
        """What the report counts, from nothing on."""
        self.counts.update(dict.fromkeys(names, 0))

    async def begin(self) -> None:
        """From here on it leaves alone whoever is erased: what it has read of them is not to come back."""
        self._began = await redis_now(self.resources.redis)

    async def leave_out_erased(self) -> None:
        """To be called before the report is kept."""
        gone = await self.erased()
        self.candidates = [one for one in self.candidates if self._subjects.get(one.memory_id) not in gone]

    async def erased(self) -> frozenset[str]:
        """The subjects erased since it began."""
        return await erased_since(self.resources.redis, self._began)

    def name_candidate(self, candidate: Pruned, subject: str) -> None:
        if len(self.candidates) < _NAMED_MAX:
            self.candidates.append(candidate)
            self._subjects[candidate.memory_id] = subject

    def skip(self, memory_id: str, reason: str) -> None:
        self.counts["skipped"] += 1
        if len(self.skipped) < _NAMED_MAX:
            self.skipped.append(Skipped(memory_id=memory_id, reason=reason))

    async def tell(self) -> None:
        """Let others see the progress, now and then."""
        if time.monotonic() - self._told > _TOLD_S:
            self._told = time.monotonic()
            await self.resources.jobs.keep(self.run.model_copy(update={"report": Report(counts=dict(self.counts))}))

    def report(self) -> Report:
        truncated = self.counts["candidates"] > len(self.candidates) or self.counts["skipped"] > len(self.skipped)
        return Report(
            counts=dict(self.counts),
            candidates=tuple(self.candidates),
            skipped=tuple(self.skipped),
            truncated=truncated,
            duration_ms=round((time.monotonic() - self._started) * 1000),
        )


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[list[T]]:
    """The items in runs of `size`, the last one shorter."""
    rest = iter(items)
    while chunk := list(islice(rest, size)):
        yield chunk
