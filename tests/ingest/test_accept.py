"""An event is durable before anyone is answered; who wants the outcome waits for it, and is told if it does not come."""

import asyncio

import pytest
import structlog
from working import work

from core.resources import Resources
from ingest.accept import accept
from schemas.errors import NotInTime
from schemas.event import MessagesReceived
from schemas.ids import event_id
from schemas.message import Message
from schemas.receipt import Action, ReceiptStatus
from schemas.scope import Scope, shard_of


def said(text: str, user: str = "alice", **fields) -> MessagesReceived:
    return MessagesReceived(scope=Scope(owner="acme", user=user), messages=(Message(role="user", content=text),), infer=False, **fields)


async def test_without_waiting_the_receipts_are_open_and_the_events_safe(resources: Resources):
    events = [said("one"), said("two", "bob")]
    receipts = await accept(resources, events, wait=False)
    assert [(receipt.event_id, receipt.status) for receipt in receipts] == [(event.id, ReceiptStatus.PENDING) for event in events]
    assert sum(depth.live for depth in (await resources.mailbox.depth()).values()) == 2


async def test_waiting_gives_what_became_of_each_event_in_order(resources: Resources):
    events = [said("one"), said("two", "bob"), said("three")]
    waiting = asyncio.create_task(accept(resources, events, wait=True))
    while not waiting.done():
        await work(resources)
        await asyncio.sleep(0.005)
    receipts = await waiting
    assert [receipt.event_id for receipt in receipts] == [event.id for event in events]
    assert [[(verdict.action, verdict.text) for verdict in receipt.verdicts] for receipt in receipts] == [
        [(Action.ADD, text)] for text in ("one", "two", "three")
    ]


async def test_an_outcome_that_does_not_come_in_time_names_the_event_which_stays_accepted(resources: Resources):
    event = said("one")
    with pytest.raises(NotInTime) as late:
        await accept(resources, [event], wait=True, timeout_s=0.05)
    assert (late.value.event_id, late.value.retry_after_s) == (event.id, 1)
    await work(resources)
    assert (await resources.receipts.get("acme", event.id)).status is ReceiptStatus.SUCCEEDED


async def test_a_retry_with_the_same_key_gets_the_first_ones_outcome_at_once(resources: Resources):
    first, again = (said(text, id=event_id("acme", "key-1")) for text in ("one", "other"))
    await accept(resources, [first], wait=False)
    await work(resources)
    [receipt] = await accept(resources, [again], wait=True, timeout_s=30)
    assert [verdict.text for verdict in receipt.verdicts] == ["one"]


async def test_the_requests_id_travels_with_the_event(resources: Resources):
    event = said("one")
    with structlog.contextvars.bound_contextvars(correlation_id="req-1"):
        await accept(resources, [event], wait=False)
    lease = await resources.mailbox.take(shard_of(event.subject, 2), "test")
    [entry] = await resources.mailbox.read(lease, count=9)
    assert (entry.event.correlation_id, entry.event.reply_to) == ("req-1", None)
