"""Accept: the one door through which an event enters the pipeline, and the wait for what becomes of it."""

from collections.abc import Sequence

from core.logging import correlation_id
from core.resources import Resources
from schemas.event import Event, MemoriesImported, MessagesReceived
from schemas.receipt import Receipt


async def accept(resources: Resources, events: Sequence[Event], *, wait: bool, timeout_s: float | None = None) -> list[Receipt]:
    """The events' receipts, in order; the events are durable when it returns, or raises NotInTime.

    With `wait` the receipts are closed: what became of each event, failures included. `timeout_s` is the settings'
    `wait_timeout_s` where None. Raises NotInTime (it names an event still on its way), TooManyRequests (also where the
    owner's plan has no room for more memories), Unavailable.
    """
    for event in events:
        if isinstance(event, MessagesReceived):
            await resources.limits.room(event.scope.owner, 1 if event.infer else len(event.messages))
        elif isinstance(event, MemoriesImported):
            await resources.limits.room(event.scope.owner, len(event.memories))
    reply_to = resources.receipts.reply_to if wait else None
    filled = [await _filled(event, resources) for event in events]
    stamped = [event.model_copy(update={"correlation_id": correlation_id(), "reply_to": reply_to}) for event in filled]
    if not wait:
        return await resources.mailbox.accept(stamped)
    async with resources.receipts.expect([event.id for event in stamped]) as outcome:
        receipts = await resources.mailbox.accept(stamped)
        if all(receipt.status.closed for receipt in receipts):  # sent before, with the same ids
            return receipts
        return await outcome(resources.settings.wait_timeout_s if timeout_s is None else timeout_s)


async def _filled(event: Event, resources: Resources) -> Event:
    """The event with its project's settings where it says nothing itself, so that what becomes of it depends on it alone."""
    if not isinstance(event, MessagesReceived):
        return event
    return (await resources.projects.settings(event.scope.owner)).filled(event)
