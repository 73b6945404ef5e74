"""The window: a subject's events come out in order, and nobody waits for somebody else's."""

import asyncio
from datetime import UTC, datetime

from core.mailbox import Entry
from schemas.event import MessagesReceived
from schemas.message import Message
from schemas.scope import Scope
from workers.draft import Draft, Extracted
from workers.window import Flight, Window


def entry(user: str, number: int, reply_to: str | None = None) -> Entry:
    event = MessagesReceived(
        reply_to=reply_to,
        scope=Scope(owner="o", user=user),
        messages=(Message(role="user", content=str(number)),),
        occurred_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    return Entry(lane="live", entry_id=f"{number}-0", event=event)


def names(flights: list[Flight]) -> list[str]:
    return [f"{flight.entry.event.scope.user}{flight.entry.event.messages[0].content}" for flight in flights]


async def test_an_event_waits_for_the_earlier_ones_of_its_subject_only() -> None:
    window = Window(limit=10, gather_s=0)
    first, second, other = map(window.admit, [entry("a", 1), entry("a", 2), entry("b", 3)])
    await window.mark_prepared(second)
    await window.mark_prepared(other)
    assert names(await window.ready()) == ["b3"]

    await window.mark_prepared(first)
    assert sorted(names(await window.ready())) == ["a1", "a2", "b3"]


async def test_ready_waits_until_something_is_prepared() -> None:
    window = Window(limit=10)
    flight = window.admit(entry("a", 1))
    waiting = asyncio.create_task(window.ready())
    await asyncio.sleep(0)
    assert not waiting.done()
    await window.mark_prepared(flight)
    assert await waiting == [flight]


async def test_events_on_their_way_are_committed_together() -> None:
    window = Window(limit=10, gather_s=60)
    first, second = map(window.admit, [entry("a", 1), entry("b", 2)])
    await window.mark_prepared(first)
    waiting = asyncio.create_task(window.ready())
    await asyncio.sleep(0)
    assert not waiting.done()
    await window.mark_prepared(second)
    assert names(await waiting) == ["a1", "b2"]


async def test_more_than_a_commit_takes_comes_in_parts_and_in_order() -> None:
    window = Window(limit=10)
    for number in range(3):
        flight = window.admit(entry("a", number))
        flight.extracted = Extracted(drafts=(Draft(ordinal=0, text="x", said_at=flight.entry.event.occurred_at),) * 500)
        await window.mark_prepared(flight)
    first = await window.ready()
    assert names(first) == ["a0", "a1"]
    await window.done(first)
    assert names(await window.ready()) == ["a2"]


async def test_whoever_waits_for_an_answer_does_not_wait_for_company() -> None:
    window = Window(limit=10, gather_s=60)
    first, _ = map(window.admit, [entry("a", 1, reply_to="web"), entry("b", 2)])
    await window.mark_prepared(first)
    assert names(await window.ready()) == ["a1"]


async def test_done_makes_room_and_lets_the_next_one_of_the_subject_through() -> None:
    window = Window(limit=2)
    first, second = map(window.admit, [entry("a", 1), entry("a", 2)])
    assert window.room == 0
    await window.mark_prepared(first)
    await window.done(await window.ready())
    assert window.room == 1
    await window.mark_prepared(second)
    assert names(await window.ready()) == ["a2"]


async def test_an_event_put_off_takes_the_later_ones_of_its_subject_along_and_leaves_room() -> None:
    window = Window(limit=3)
    before, stuck, behind = map(window.admit, [entry("a", 1), entry("a", 2), entry("a", 3)])
    await window.mark_prepared(before)
    assert set(await window.put_off(stuck)) == {stuck, behind}
    assert window.room == 2
    assert names(await window.ready()) == ["a1"]


async def test_what_was_let_go_since_the_read_began_is_not_let_in_again() -> None:
    window = Window(limit=3)
    window.begin_read()
    flight = window.admit(entry("a", 1))
    await window.mark_prepared(flight)
    await window.done(await window.ready())
    assert flight.entry in window
    window.begin_read()
    assert flight.entry not in window


async def test_waiting_for_an_empty_window_ends_with_the_last_event() -> None:
    window = Window(limit=2)
    flight = window.admit(entry("a", 1))
    waiting = asyncio.create_task(window.wait_until_empty())
    await asyncio.sleep(0)
    assert not waiting.done()
    await window.mark_prepared(flight)
    await window.done([flight])
    await waiting
