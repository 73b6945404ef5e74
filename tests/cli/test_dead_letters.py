"""`mneme dead-letters`: what failed for good can be looked at, handed in again, dropped."""

from datetime import UTC, datetime

import pytest

from cli.dead_letters import _drop, _list, _replay, _row
from cli.refusal import Refused
from cli.table import lay_out
from core.mailbox import Mailbox
from core.mailbox.wake import ArqWake
from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.receipt import Receipt, ReceiptStatus
from schemas.scope import Scope


@pytest.fixture
async def mailbox(redis, settings):
    """One with three events of which nothing could be made."""
    mailbox = Mailbox(redis, settings, wake=ArqWake(redis))
    events = [MessagesReceived(scope=Scope(owner="o", user="u"), messages=(Message(role="user", content="poison"),)) for _ in range(3)]
    await mailbox.accept(events)
    now = datetime.now(UTC)
    for shard in range(settings.shards):
        lease = await mailbox.take(shard, "test")
        for entry in await mailbox.read(lease, count=10):
            failed = {"status": ReceiptStatus.FAILED, "error": "unreadable\x1b[2J", "created_at": now, "updated_at": now}
            await mailbox.bury(lease, entry, Receipt(event_id=entry.event.id, owner="o", kind=entry.event.kind, **failed))
        await mailbox.release(lease)
    return mailbox


async def test_they_are_listed_with_their_errors(mailbox, settings):
    letters, total = await _list(settings, 2)
    assert (len(letters), total) == (2, 3)
    shown = lay_out("abcdef", map(_row, letters))
    assert "messages.received" in shown
    assert "unreadable [2J" in shown  # what a client sent does not steer the terminal


async def test_all_or_one_can_be_handed_in_again(mailbox, settings):
    [letter, *_], _ = await _list(settings, 3)
    assert await _replay(settings, [letter.id]) == (1, 1)
    assert await _replay(settings, ["all"]) == (2, 2)
    assert await mailbox.dead_letters.count() == 0
    assert sum(depth.live + depth.bulk for depth in (await mailbox.depth()).values()) == 3


async def test_all_or_one_can_be_dropped(mailbox, settings):
    [letter, *_], _ = await _list(settings, 3)
    assert await _drop(settings, [letter.id]) == 1
    assert await _drop(settings, ["all"]) == 2
    assert await mailbox.dead_letters.count() == 0


async def test_what_is_no_id_is_refused(mailbox, settings):
    with pytest.raises(Refused, match="latest is no dead letter's id"):
        await _drop(settings, ["latest"])
