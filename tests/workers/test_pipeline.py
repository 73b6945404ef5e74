"""Accepted events become memories: in order, once, whatever fails on the way."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from standins import WordEmbedder
from working import work

from core.mailbox import Entry, Lease
from core.resources import Resources
from schemas.errors import Unavailable
from schemas.event import Event, MemoriesEdited, MemoriesForgotten, MemoryEdit, MessagesReceived
from schemas.memory import Memory, MemoryState, MemoryType
from schemas.message import Message
from schemas.receipt import Action, Receipt, ReceiptStatus
from schemas.scope import Scope, shard_of
from schemas.search import Condition, Selection
from workers.drain import drain
from workers.prompts import ExtractionAnswer, Remembered
from workers.stages.embed import micro_batcher

ALICE = Scope(owner="acme", user="alice")
BOB = Scope(owner="acme", user="bob")
ALICES = Selection(owner="acme", where=Condition(field="user", value="alice"))


def said(*texts: str, scope: Scope = ALICE, infer: bool = False, **options: object) -> MessagesReceived:
    return MessagesReceived(scope=scope, messages=tuple(Message(role="user", content=text) for text in texts), infer=infer, **options)


async def accept(resources: Resources, *events: Event) -> None:
    await resources.mailbox.accept(events)


async def receipt(resources: Resources, event: Event) -> Receipt:
    found = await resources.receipts.get(event.scope.owner, event.id)
    assert found is not None
    return found


async def memories(resources: Resources, user: str = "alice", **options: object) -> list[Memory]:
    page = await resources.reader.page(Selection(owner="acme", where=Condition(field="user", value=user), **options), newest_first=False)
    return list(page.memories)


async def test_a_message_becomes_a_memory_and_its_receipt_says_so(resources: Resources) -> None:
    event = said("Deploys are on Tuesdays.", metadata={"source": "chat"})
    await accept(resources, event)
    assert (await receipt(resources, event)).status is ReceiptStatus.PENDING

    assert await work(resources) == 1

    done = await receipt(resources, event)
    [memory] = await memories(resources)
    assert (memory.content, memory.metadata, memory.scope) == ("Deploys are on Tuesdays.", {"source": "chat"}, ALICE)
    assert done.status is ReceiptStatus.SUCCEEDED
    assert [(verdict.action, verdict.memory_id) for verdict in done.verdicts] == [(Action.ADD, memory.id)]


async def test_the_same_words_twice_make_one_memory(resources: Resources) -> None:
    first, again, other = said("Tea at five."), said("tea at five"), said("Tea at five.", scope=BOB)
    await accept(resources, first, again, other)
    await work(resources)
    assert len(await memories(resources)) == 1
    assert len(await memories(resources, "bob")) == 1
    [verdict] = (await receipt(resources, again)).verdicts
    assert verdict.action is Action.NONE
    assert "already" in verdict.reason


async def test_a_conversation_leaves_typed_facts_and_reasons_for_the_rest(resources: Resources) -> None:
    event = said("I love TypeScript. What time is it?", infer=True)
    await accept(resources, event)
    await work(resources)
    [memory] = await memories(resources)
    assert memory.content == "The user loves TypeScript."
    assert memory.type == "preference"
    verdicts = {verdict.action: verdict for verdict in (await receipt(resources, event)).verdicts}
    assert "question" in verdicts[Action.NONE].reason


async def test_edits_and_deletions_follow_the_adds_they_refer_to(resources: Resources) -> None:
    add = said("Tea at five.", "Lunch at noon.")
    await accept(resources, add)
    await work(resources)
    tea, lunch = await memories(resources)
    change = MemoriesEdited(scope=ALICE, edits=(MemoryEdit(memory_id=tea.id, content="Tea at six."),))
    drop = MemoriesForgotten(scope=ALICE, memory_ids=(lunch.id, "6e3b5a0e-0000-4000-8000-000000000000"))
    await accept(resources, change, drop)
    await work(resources)

    [left] = await memories(resources)
    assert (left.id, left.content, left.version) == (tea.id, "Tea at six.", 2)
    assert [verdict.action for verdict in (await receipt(resources, drop)).verdicts] == [Action.DELETE, Action.NONE]
    history = await resources.reader.history("acme", lunch.id)
    assert [(line.kind, line.old_content, line.new_content) for line in history] == [
        ("ADD", None, "Lunch at noon."),
        ("DELETE", "Lunch at noon.", None),
    ]


async def test_an_edit_in_the_same_batch_as_its_deletion_is_too_late(resources: Resources) -> None:
    await accept(resources, said("Tea at five."))
    await work(resources)
    [tea] = await memories(resources)
    drop = MemoriesForgotten(scope=ALICE, memory_ids=(tea.id,))
    change = MemoriesEdited(scope=ALICE, edits=(MemoryEdit(memory_id=tea.id, content="Tea at six."),))
    await accept(resources, drop, change)
    await work(resources)
    assert await memories(resources) == []
    assert [verdict.action for verdict in (await receipt(resources, change)).verdicts] == [Action.NONE]


async def test_an_immutable_memory_is_not_edited(resources: Resources) -> None:
    await accept(resources, said("Blood type A.", immutable=True))
    await work(resources)
    [memory] = await memories(resources)
    change = MemoriesEdited(scope=ALICE, edits=(MemoryEdit(memory_id=memory.id, content="Blood type B."),))
    await accept(resources, change)
    await work(resources)
    assert [m.content for m in await memories(resources)] == ["Blood type A."]
    assert (await receipt(resources, change)).verdicts[0].reason == "immutable"


async def test_forgetting_by_filter_takes_what_was_accepted_before_it_and_nothing_after(resources: Resources) -> None:
    shard_events = [
        MemoriesForgotten(scope=Scope(owner="acme"), where=Condition(field="user", value="alice"), shard=shard) for shard in range(2)
    ]
    await accept(resources, said("One."), said("Two."), said("Bob's.", scope=BOB), *shard_events, said("Three."))
    await work(resources)
    assert [m.content for m in await memories(resources)] == ["Three."]
    assert [m.content for m in await memories(resources, "bob")] == ["Bob's."]
    other = MemoriesForgotten(scope=Scope(owner="rival"), where=Condition(field="user", value="alice"), shard=0)
    await accept(resources, other, other.model_copy(update={"id": said("x").id, "shard": 1}))
    await work(resources)
    assert len(await memories(resources)) == 1


async def test_another_owner_can_edit_and_delete_nothing(resources: Resources) -> None:
    await accept(resources, said("Tea at five."))
    await work(resources)
    [tea] = await memories(resources)
    rival = Scope(owner="rival", user="alice")
    # the rival's events would lie in the rival's shard: put them into Alice's to be sure
    await accept(resources, MemoriesForgotten(scope=rival, memory_ids=(tea.id,), shard=None))
    await accept(resources, MemoriesEdited(scope=rival, edits=(MemoryEdit(memory_id=tea.id, content="mine"),)))
    await work(resources)
    assert [m.content for m in await memories(resources)] == ["Tea at five."]


async def test_two_hundred_events_of_one_user_end_in_the_order_they_were_accepted(resources: Resources) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    events = [said(f"Fact {n}.", occurred_at=start + timedelta(seconds=n)) for n in range(200)]
    await accept(resources, *events)
    await work(resources)
    assert [m.content for m in await memories(resources, show_expired=True)][:3] == ["Fact 0.", "Fact 1.", "Fact 2."]
    closed = [(await receipt(resources, event)).completed_at for event in events]
    assert closed == sorted(closed)  # type: ignore[type-var]


async def test_while_the_embedder_is_away_events_wait_and_then_go_through(resources: Resources) -> None:
    embedder = resources.embedder
    assert isinstance(embedder, WordEmbedder)
    away = 8  # more than attempts_max
    embedder.fails = lambda texts: Unavailable("away") if len(embedder.calls) <= away else None
    event = said("Tea at five.")
    await accept(resources, event)
    await work(resources)
    assert (await receipt(resources, event)).status is ReceiptStatus.SUCCEEDED
    assert len(await memories(resources)) == 1


async def test_a_poison_event_is_buried_and_its_neighbours_go_on(resources: Resources) -> None:
    embedder = resources.embedder
    assert isinstance(embedder, WordEmbedder)
    embedder.fails = lambda texts: ValueError("bad text") if any("poison" in text for text in texts) else None
    before, poison, after, other = said("Before."), said("poison"), said("After."), said("Other.", scope=BOB)
    await accept(resources, before, poison, after, other)
    await work(resources)
    failed = await receipt(resources, poison)
    assert failed.status is ReceiptStatus.FAILED
    assert "bad text" in (failed.error or "")
    assert [m.content for m in await memories(resources)] == ["Before.", "After."]
    assert len(await memories(resources, "bob")) == 1
    [letter] = await resources.mailbox.dead_letters.list()
    assert letter.event_id == poison.id

    embedder.fails = lambda texts: None
    await resources.mailbox.dead_letters.replay([letter.id])
    await work(resources)
    assert (await receipt(resources, poison)).status is ReceiptStatus.SUCCEEDED


@pytest.mark.parametrize("moment", ["before", "after"])
async def test_a_worker_that_dies_around_its_commit_leaves_neither_gaps_nor_doubles(
    resources: Resources, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The plan is durable before the commit: the successor applies it again, and says ADD, not "already known"."""
    from core.store.writer import ShardWriter

    commit = ShardWriter.commit

    class Died(BaseException):
        pass

    async def die(self: ShardWriter, *args: object, **options: object) -> None:
        if moment == "after":
            await commit(self, *args, **options)  # type: ignore[arg-type]
        raise Died

    events = [said(f"Fact {n}.") for n in range(20)]
    await accept(resources, *events)
    monkeypatch.setattr(ShardWriter, "commit", die)
    with pytest.raises(BaseException):  # noqa: B017, PT011
        await work(resources)
    monkeypatch.setattr(ShardWriter, "commit", commit)
    await work(resources)
    assert sorted(m.content for m in await memories(resources)) == sorted(f"Fact {n}." for n in range(20))
    for event in events:
        assert [verdict.action for verdict in (await receipt(resources, event)).verdicts] == [Action.ADD]
    history = [line for memory in await memories(resources) for line in await resources.reader.history("acme", memory.id)]
    assert len(history) == 20


async def test_a_cancelled_drain_ends_its_commit_and_gives_the_shard_back(resources: Resources) -> None:
    await accept(resources, *(said(f"Fact {n}.") for n in range(50)))
    [shard] = await resources.mailbox.unowned()
    async with micro_batcher(resources.embedder) as batcher:
        running = asyncio.create_task(drain(shard, resources, batcher, "stopping"))
        async with asyncio.timeout(60):
            while not (await memories(resources)):  # noqa: ASYNC110  there is no event to wait for: it is another's commit
                await asyncio.sleep(0)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    await work(resources, "next")  # would wait for the lease otherwise
    assert len(await memories(resources)) == 50


async def test_two_owners_of_one_shard_never_both_commit(resources: Resources) -> None:
    """The first owner stalls past its lease; what it had read is handled by the second, once."""
    await accept(resources, *(said(f"Fact {n}.") for n in range(5)))
    [shard] = await resources.mailbox.unowned()
    stalled = await resources.mailbox.take(shard, "stalled")
    assert stalled is not None
    entries = await resources.mailbox.read(stalled, count=10)
    await resources.redis.delete(f"mneme:box:{shard}:lease")
    await work(resources, "next")
    assert len(entries) == 5
    assert len(await memories(resources)) == 5
    from schemas.errors import LeaseLost

    with pytest.raises(LeaseLost):
        await resources.mailbox.begin_commit(stalled)


async def test_a_superseded_memory_leaves_search_and_stays_by_id(resources: Resources) -> None:
    await accept(resources, said("I live in Paris.", infer=True))
    await work(resources)
    [paris] = await memories(resources)
    await accept(resources, said("I moved from Paris to Lisbon.", infer=True))
    await work(resources)
    [lisbon] = await memories(resources)
    assert "Lisbon" in lisbon.content
    [old] = await resources.reader.get("acme", [paris.id])
    assert (old.state, old.superseded_by) == (MemoryState.SUPERSEDED, lisbon.id)
    assert [line.kind for line in await resources.reader.history("acme", paris.id)] == ["ADD", "SUPERSEDE"]


async def test_one_stuck_user_stops_nobody_else(resources: Resources) -> None:
    """A whole window of events behind one that is put off, then a deletion of everything of another user: all others go on."""
    open_again = asyncio.Event()

    class Away:
        """A chat model that only the first event asks."""

        name = "away"

        async def complete(self, messages: object, *, schema: object, meter: object = None) -> ExtractionAnswer:
            if not open_again.is_set():
                raise Unavailable("away")
            return ExtractionAnswer(memories=[Remembered(text="stuck.", type=MemoryType.FACT, confidence=1, message=0)])

    resources = replace(resources, chat=Away())  # type: ignore[arg-type]
    stuck = [said("stuck.", infer=True), *(said(f"Behind {n}.") for n in range(resources.settings.window_events + 50))]
    shard = shard_of(ALICE.subject, resources.settings.shards)
    scopes = (Scope(owner="acme", user=f"neighbour-{n}") for n in range(100))
    neighbour = next(scope for scope in scopes if shard_of(scope.subject, resources.settings.shards) == shard)
    others = [said(f"Mine {n}.", scope=neighbour) for n in range(20)]
    forget = MemoriesForgotten(scope=neighbour, where=Condition(field="user", value=neighbour.user), shard=shard)
    after = said("Me again.", scope=neighbour)
    await accept(resources, *stuck, *others)
    await accept(resources, forget, after)
    working = asyncio.create_task(work(resources))
    async with asyncio.timeout(60):
        while not (await receipt(resources, after)).status.closed:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert [m.content for m in await memories(resources, neighbour.user or "")] == ["Me again."]
    assert not (await receipt(resources, stuck[0])).status.closed
    open_again.set()
    await working
    kept = [m.content for m in (await resources.reader.page(ALICES, newest_first=False, limit=1000)).memories]
    assert len(kept) == len(stuck)
    closed = [(await receipt(resources, event)).completed_at for event in stuck]
    assert closed == sorted(closed)  # type: ignore[type-var]


async def test_who_is_let_in_behind_one_that_is_just_put_off_waits_with_it(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between letting an event in and starting it Redis is told: meanwhile the one before it may take it along."""
    asked, away, put_off = asyncio.Event(), asyncio.Event(), asyncio.Event()

    class Away:
        """A chat model that fails while the second event is being let in, and answers after that."""

        name = "away"

        async def complete(self, messages: object, *, schema: object, meter: object = None) -> ExtractionAnswer:
            asked.set()
            await away.wait()
            if not put_off.is_set():
                raise Unavailable("away")
            return ExtractionAnswer(memories=[Remembered(text="first.", type=MemoryType.FACT, confidence=1, message=0)])

    resources = replace(resources, chat=Away())  # type: ignore[arg-type]
    first, second = said("first.", infer=True), said("second.")
    mark_running, save_work = resources.mailbox.mark_running, resources.mailbox.save_work

    async def marked(lease: Lease, entries: Sequence[Entry]) -> None:
        await mark_running(lease, entries)
        if entries[0].event.id == second.id and not put_off.is_set():
            away.set()
            await put_off.wait()
            await asyncio.sleep(0.05)

    async def saved(lease: Lease, items: Mapping[str, bytes]) -> None:
        await save_work(lease, items)
        put_off.set()

    monkeypatch.setattr(resources.mailbox, "mark_running", marked)
    monkeypatch.setattr(resources.mailbox, "save_work", saved)
    await accept(resources, first)
    working = asyncio.create_task(work(resources))
    await asked.wait()
    await accept(resources, second)
    async with asyncio.timeout(30):
        await working
    assert [m.content for m in (await resources.reader.page(ALICES, newest_first=False, limit=10)).memories] == ["first.", "second."]
    assert [(await receipt(resources, event)).attempts for event in (first, second)] == [1, 0]


async def test_a_deletion_of_everything_waits_for_what_it_must_take_along(resources: Resources) -> None:
    """An add that is put off comes before the deletion that was sent after it, and one sent after the deletion stays."""
    embedder = resources.embedder
    assert isinstance(embedder, WordEmbedder)
    embedder.fails = lambda texts: Unavailable("away") if len(embedder.calls) < 4 else None
    shard = shard_of(ALICE.subject, resources.settings.shards)
    forget = MemoriesForgotten(scope=ALICE, where=Condition(field="user", value="alice"), shard=shard)
    await accept(resources, said("Before."), forget, said("After."))
    await work(resources)
    assert [m.content for m in await memories(resources)] == ["After."]
    assert [v.action for v in (await receipt(resources, forget)).verdicts] == [Action.DELETE]
