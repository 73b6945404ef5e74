"""Events that were under way when workers died: handled in ever smaller company, so that the one at fault is found."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from working import work

from core.mailbox import Mailbox
from core.resources import Resources
from core.store import history
from core.store.writer import ShardWriter
from schemas.errors import LeaseLost
from schemas.event import MessagesReceived
from schemas.ids import new_id
from schemas.message import Message
from schemas.receipt import ReceiptStatus
from schemas.scope import Scope
from schemas.search import Condition, Selection
from workers.drain import drain
from workers.stages.embed import micro_batcher

EVENTS = 40


def said(number: int) -> MessagesReceived:
    message = Message(role="user", content=f"Note {number}.")
    return MessagesReceived(id=new_id(), scope=Scope(owner="o", user=f"u{number}"), messages=(message,), infer=False)


async def die_over(resources: Resources, events: Sequence[MessagesReceived], times: int) -> None:
    """As a worker that is killed so many times with these under way, in every shard."""
    for _ in range(times):
        for shard in range(resources.settings.shards):
            lease = await resources.mailbox.take(shard, "dies")
            assert lease is not None
            entries = await resources.mailbox.read(lease, count=EVENTS)
            await resources.mailbox.mark_running(lease, entries)
            await resources.mailbox.release(lease, in_order=False)


@pytest.mark.parametrize(("deaths", "company"), [(1, EVENTS), (3, 8), (4, 1)])
async def test_what_was_under_way_when_workers_died_is_all_done_in_company_of_few(resources: Resources, deaths: int, company: int) -> None:
    events = [said(number) for number in range(EVENTS)]
    await resources.mailbox.accept(events)
    await die_over(resources, events, deaths)
    together: list[int] = []
    resources.embedder.fails = noting(together)
    await work(resources)
    receipts = [await resources.receipts.get("o", event.id) for event in events]
    assert {receipt.status for receipt in receipts if receipt} == {ReceiptStatus.SUCCEEDED}
    assert max(together) <= company * resources.settings.shards


def noting(sizes: list[int]) -> Callable[[Sequence[str]], None]:
    def note(texts: Sequence[str]) -> None:
        sizes.append(sum(text.startswith("Note") for text in texts))

    return note


async def die_in_the_commit(resources: Resources, monkeypatch: pytest.MonkeyPatch, owner: type | object, step: str) -> None:
    """As a worker whose lease is lost just before a step of the commit."""

    async def lose(*args: object, **named: object) -> None:
        raise LeaseLost("too late")

    with monkeypatch.context() as patch:
        patch.setattr(owner, step, lose)
        async with micro_batcher(resources.embedder) as batcher:
            for shard in await resources.mailbox.unowned():
                await drain(shard, resources, batcher, "dies")


async def given_up(resources: Resources, event: MessagesReceived) -> tuple[ReceiptStatus, str | None, list[str], int]:
    """How it ended: status and error, the texts of its user's memories, and how many lines of history the first has."""
    receipt = await resources.receipts.get("o", event.id)
    assert receipt is not None
    where = Selection(owner="o", where=Condition(field="user", value=event.scope.user))
    found = (await resources.reader.page(where, limit=10)).memories
    lines = await resources.reader.history("o", found[0].id) if found else []
    return receipt.status, receipt.error, [memory.content for memory in found], len(lines)


@pytest.mark.parametrize("step", [(history, "append"), (Mailbox, "tell"), (Mailbox, "close")], ids=lambda step: step[1])
async def test_what_ten_workers_died_over_is_ended_if_one_of_them_had_stored_it(
    resources: Resources, monkeypatch: pytest.MonkeyPatch, step: tuple[object, str]
) -> None:
    await resources.mailbox.accept([event := said(1)])
    await die_in_the_commit(resources, monkeypatch, *step)
    await die_over(resources, [event], 10)
    await work(resources)
    assert await given_up(resources, event) == (ReceiptStatus.SUCCEEDED, None, ["Note 1."], 1)


async def test_what_ten_workers_died_over_before_anything_was_stored_has_failed(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    await resources.mailbox.accept([event := said(1)])
    await die_in_the_commit(resources, monkeypatch, ShardWriter, "commit")
    await die_over(resources, [event], 10)
    await work(resources)
    assert await given_up(resources, event) == (ReceiptStatus.FAILED, "10 workers died while they handled it", [], 0)


async def test_after_twenty_deaths_nothing_is_tried_any_more_and_the_receipt_says_what_may_be_left(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    await resources.mailbox.accept([event := said(1)])
    await die_in_the_commit(resources, monkeypatch, history, "append")
    await die_over(resources, [event], 20)
    await work(resources)
    error = "20 workers died while they handled it; part of it may be done"
    assert await given_up(resources, event) == (ReceiptStatus.FAILED, error, ["Note 1."], 0)


async def test_a_commit_that_fails_for_good_in_its_middle_says_so(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*args: object, **named: object) -> None:
        raise ValueError("no such column")

    await resources.mailbox.accept([event := said(1)])
    with monkeypatch.context() as patch:
        patch.setattr(history, "append", fail)
        once = resources.settings.model_copy(update={"attempts_max": 1})
        await work(replace(resources, settings=once))
    error = "ValueError: no such column; part of it is done"
    assert await given_up(resources, event) == (ReceiptStatus.FAILED, error, ["Note 1."], 0)
    [letter] = await resources.mailbox.dead_letters.list()
    await resources.mailbox.dead_letters.replay([letter.id])
    await work(resources)
    assert await given_up(resources, event) == (ReceiptStatus.SUCCEEDED, None, ["Note 1."], 1)
