"""Whatever goes wrong at whatever moment: providers that fail, waits that last, leases and locks that are lost, commits whose answer is.

Three workers, a tender and a thief, by dice. What fails is tried again by itself with `FROM=17 SEEDS=1`; `SEEDS=200` are more.
"""

import asyncio
import os
import random
import re
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from standins import WordEmbedder

from core.resources import Resources
from core.store.writer import ShardWriter
from schemas.errors import Unavailable, Unreadable, UpstreamFailed
from schemas.event import Event, MemoriesEdited, MemoriesForgotten, MemoryEdit, MessagesReceived
from schemas.ids import memory_id
from schemas.maintenance import Job, Limits, Order
from schemas.memory import MemoryType
from schemas.message import Message
from schemas.receipt import Receipt, ReceiptStatus
from schemas.scope import Scope, shard_of
from schemas.search import Condition, Selection
from workers.drain import drain
from workers.maintenance import run_job
from workers.prompts import ExtractionAnswer, Remembered
from workers.stages.embed import micro_batcher

FIRST, SEEDS = int(os.environ.get("FROM", "0")), int(os.environ.get("SEEDS", "4"))
USERS = tuple(f"user-{n}" for n in range(6))
SLOW = ("read", "mark_running", "count_attempt", "save_work", "load_work", "begin_commit", "end_commit", "tell", "close", "bury", "renew")
"""Calls of the mailbox that take their time."""

Call = Callable[..., Awaitable[Any]]


class Flaky:
    """A chat model that remembers what was said, if it answers."""

    name = "flaky"

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice

    async def complete(self, messages: object, *, schema: object, meter: object = None) -> ExtractionAnswer:
        await asyncio.sleep(self.dice.choice((0, 0, 0.001, 0.01, 0.03)))
        if self.dice.random() < 0.3:
            raise self.dice.choice((Unavailable("away"), UpstreamFailed("broken"), Unreadable("rubbish")))
        said = re.findall(r"note \w+", str(messages))[-1]
        return ExtractionAnswer(memories=[Remembered(text=f"{said}.", type=MemoryType.FACT, confidence=1, message=0)])


@dataclass
class World:
    resources: Resources
    dice: random.Random
    events: list[Event] = field(default_factory=list)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def receipt(self, event: Event) -> Receipt:
        found = await self.resources.receipts.get("acme", event.id)
        assert found is not None
        return found

    async def produce(self) -> None:
        for _ in range(self.dice.randint(8, 20)):
            batch = [self._event() for _ in range(self.dice.choice((1, 1, 3, 20)))]
            await self.resources.mailbox.accept(batch)
            await asyncio.sleep(self.dice.choice((0, 0.005, 0.05)))

    def _event(self) -> Event:
        scope = Scope(owner="acme", user=self.dice.choice(USERS))
        before = [self.memory_id(event) for event in self.events if isinstance(event, MessagesReceived) and event.scope == scope]
        match before and self.dice.random():
            case float(less) if less < 0.05:
                event = self._forgotten(scope)
            case float(less) if less < 0.1:
                event = MemoriesForgotten(scope=scope, memory_ids=(self.dice.choice(before),))
            case float(less) if less < 0.2:
                edit = MemoryEdit(memory_id=self.dice.choice(before), content=self._text())
                event = MemoriesEdited(scope=scope, edits=(edit,))
            case _:
                event = self._said(scope)
        self.events.append(event)
        return event

    def memory_id(self, event: Event) -> str:
        return memory_id(event.id, 0, shard_of(event.subject, self.resources.settings.shards))

    def _text(self) -> str:
        return f"note x{len(self.events)}q{self.dice.randrange(1000)}."

    def _forgotten(self, scope: Scope) -> Event:
        where = Condition(field="user", value=scope.user)
        return MemoriesForgotten(scope=scope, where=where, shard=shard_of(scope.subject, self.resources.settings.shards))

    def _said(self, scope: Scope) -> Event:
        said = Message(role="user", content=self._text())
        lane = self.dice.choice(("live", "live", "bulk"))
        return MessagesReceived(scope=scope, messages=(said,), infer=self.dice.random() < 0.4, lane=lane)

    async def work(self, name: str) -> None:
        """Own what nobody owns."""
        async with micro_batcher(self.resources.embedder) as batcher:
            while not self.over.is_set():
                for shard in await self.resources.mailbox.unowned():
                    await self._deployed_over(drain(shard, self.resources, batcher, name))
                await asyncio.sleep(0.01)

    async def maintain(self) -> None:
        """Runs of jobs that change no words, begun, stopped and taken up again."""
        ctx: dict[str, Any] = {"resources": self.resources, "name": "tender"}
        while not self.over.is_set():
            job = self.dice.choice((Job.IMPORTANCE, Job.LINKS, Job.UPKEEP, Job.PRUNING))
            with suppress(Unavailable):
                await self.resources.jobs.start(Order(job=job, owner=None if job is Job.UPKEEP else "acme", limits=Limits(max_age_days=9)))
                for run in await self.resources.jobs.unfinished():
                    await self._deployed_over(run_job(ctx, run.id))
            await asyncio.sleep(self.dice.random() * 0.1)

    async def _deployed_over(self, work: Coroutine[Any, Any, object]) -> None:
        """Done, or stopped in its midst now and then. What is no outage is a bug, and ends the test."""
        task = asyncio.create_task(work)
        if self.dice.random() < 0.2:
            await asyncio.sleep(self.dice.random() * 0.2)
            task.cancel()
        await asyncio.wait([task])
        if not task.cancelled() and not isinstance(task.exception(), Unavailable):
            task.result()

    async def steal(self) -> None:
        while not self.over.is_set():
            await asyncio.sleep(self.dice.random() * 0.4)
            for what in self.dice.choice((("lease",), ("commit",), ("lease", "commit"))):
                await self.resources.redis.pexpire(f"mneme:box:{self.dice.randrange(2)}:{what}", 1)

    async def watch(self) -> None:
        for event in self.events:
            while not (await self.receipt(event)).status.closed:  # noqa: ASYNC110 - Redis' state
                await asyncio.sleep(0.01)
        self.over.set()


def slowed(call: Call, dice: random.Random) -> Call:
    async def pause() -> None:
        if dice.random() < 0.3:
            await asyncio.sleep(dice.choice((0, 0.001, 0.01, 0.02)))

    async def slow(*args: object, **named: object) -> object:
        await pause()
        answer = await call(*args, **named)
        await pause()
        return answer

    return slow


def torn(commit: Call, dice: random.Random) -> Call:
    async def tear(*args: object, **named: object) -> object:
        if dice.random() < 0.1:
            raise Unavailable("nothing was committed")
        answer = await commit(*args, **named)
        if dice.random() < 0.1:
            raise Unavailable("it was committed, and its answer is lost")
        return answer

    return tear


@pytest.fixture
def world(resources: Resources, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> World:
    dice = random.Random(request.param)
    few = {"slice_s": 0.5, "lease_s": 3, "window_events": dice.choice((4, 32, 512)), "attempts_max": 8}
    settings = resources.settings.model_copy(update=few)
    monkeypatch.setattr(resources.mailbox, "_settings", settings)
    for name in SLOW:
        monkeypatch.setattr(resources.mailbox, name, slowed(getattr(resources.mailbox, name), dice))
    monkeypatch.setattr(ShardWriter, "commit", torn(ShardWriter.commit, dice))
    assert isinstance(resources.embedder, WordEmbedder)
    resources.embedder.fails = lambda texts: Unavailable("away") if dice.random() < 0.1 else None
    return World(replace(resources, chat=Flaky(dice), settings=settings), dice)  # type: ignore[arg-type]


@pytest.mark.parametrize("world", range(FIRST, FIRST + SEEDS), indirect=True)
async def test_all_that_was_accepted_is_there_once_and_in_order(world: World) -> None:
    async with asyncio.timeout(120), asyncio.TaskGroup() as everybody:
        for name in ("one", "two", "three"):
            everybody.create_task(world.work(name))
        everybody.create_task(world.steal())
        everybody.create_task(world.maintain())
        await world.produce()
        everybody.create_task(world.watch())
    assert await world.resources.mailbox.oldest_age_s() is None
    receipts = [await world.receipt(event) for event in world.events]
    for user in USERS:
        its = [(event, receipt) for event, receipt in zip(world.events, receipts, strict=True) if event.scope.user == user]
        ends = [receipt.completed_at for _, receipt in its if receipt.completed_at is not None]
        assert len(ends) == len(its)
        assert ends == sorted(ends), user
        where = Selection(owner="acme", where=Condition(field="user", value=user))
        found = await world.resources.reader.page(where, newest_first=False, limit=1000)
        doubtful = _doubtful(world, its)
        there = {memory.id: memory.content for memory in found.memories if memory.id not in doubtful}
        assert len(found.memories) == len({memory.id for memory in found.memories}), user
        assert there == {name: content for name, content in _expected(world, its).items() if name not in doubtful}, user


def _doubtful(world: World, its: Sequence[tuple[Event, Receipt]]) -> set[str]:
    """Memories of events that were given up after so many stolen leases that their receipts say so themselves."""
    doubtful: set[str] = set()
    for place, (event, receipt) in enumerate(its):
        match event:
            case _ if receipt.error is None or "part of it" not in receipt.error:
                continue
            case MemoriesEdited(edits=[edit]):
                doubtful.add(edit.memory_id)
            case MemoriesForgotten(memory_ids=[gone]):
                doubtful.add(gone)
            case MemoriesForgotten():
                doubtful |= {world.memory_id(before) for before, _ in its[:place]}
            case _:
                doubtful.add(world.memory_id(event))
    return doubtful


def _expected(world: World, its: Sequence[tuple[Event, Receipt]]) -> dict[str, str]:
    """What is left of it, one after the other."""
    left: dict[str, str] = {}
    for event, receipt in its:
        match event:
            case _ if receipt.status is not ReceiptStatus.SUCCEEDED:
                continue
            case MessagesReceived():
                left[world.memory_id(event)] = event.messages[0].content
            case MemoriesEdited(edits=[edit]) if edit.memory_id in left:
                left[edit.memory_id] = edit.content or ""
            case MemoriesForgotten(memory_ids=[gone]):
                left.pop(gone, None)
            case MemoriesForgotten():
                left.clear()
    return left
