"""Events that were under way when workers died: handled in ever smaller company, so that the one at fault is found."""

from collections.abc import Callable, Sequence

import pytest
from working import work

from core.resources import Resources
from schemas.event import MessagesReceived
from schemas.ids import new_id
from schemas.message import Message
from schemas.receipt import ReceiptStatus
from schemas.scope import Scope

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
