"""The pipeline: what happens to each kind of event.

    messages.received   extract, embed, classify | reconcile, upsert
    memories.edited     embed                    | edit, upsert
    memories.forgotten                           | forget, upsert
    memories.imported   embed                    | restore, upsert
    user.erased                                  | erase

Left of the bar is `prepare`: side by side, in any order. Right of it is `settle`: in order per subject, one commit for all.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import structlog

from core.logging import told
from core.mailbox import Entry
from core.mailbox.entry import is_barrier
from schemas.errors import LeaseLost, MnemeError, Poison
from schemas.event import Event, MemoriesEdited, MemoriesForgotten, MemoriesImported, MessagesReceived, UserErased
from schemas.receipt import Receipt, ReceiptStatus, Verdict
from workers.draft import Extracted
from workers.plan import Plan
from workers.retry import back_off_s, waits, worth_another_try
from workers.shard import Shard
from workers.stages.classify import classify
from workers.stages.edit import edit, edited_texts
from workers.stages.erase import erase
from workers.stages.extract import extract
from workers.stages.forget import forget, forget_matching
from workers.stages.recollect import Recollection, recollect
from workers.stages.reconcile import Setting, reconcile
from workers.stages.restore import imported_vectors, restore
from workers.stages.upsert import has_begun, upsert
from workers.window import Flight
from workers.work import Work

log = structlog.get_logger()

_DEATHS_MAX = 10
"""An event under way while so many workers died is given up: from the second on it ran with few others, from the fourth alone."""
_DEATHS_MAX_BEGUN = 20
"""One that is in the store already, wholly or in part, is to be ended, not given up: it is tried so many times."""


async def prepare(flight: Flight, shard: Shard) -> float | None:
    """All of a flight's work that needs nothing but itself. Afterwards it has vectors, a plan or an error; or it is to be tried
    again, and the answer is in how many seconds."""
    work = Work.load(flight.entry.work)
    if flight.entry.deaths >= _DEATHS_MAX:
        flight.error, flight.plan = Poison(f"{flight.entry.deaths} workers died while they handled it"), work.plan
        return None
    if (early_s := _early_s(work, shard)) > 0:
        return early_s
    try:
        await _prepare(flight, work, shard)
    except (LeaseLost, asyncio.CancelledError):
        raise
    except Exception as error:
        attempt = await shard.resources.mailbox.count_attempt(shard.lease, flight.entry, _name(error))
        work = work.model_copy(update={"failures": work.failures + (not waits(error))})
        if worth_another_try(error, work.failures, shard.resources.settings):
            return await _put_off(flight, work, error, attempt, shard)
        flight.error = error
    return None


def _early_s(work: Work, shard: Shard) -> float:
    """How much too early it is for the next try, in seconds; never more than the longest back-off, whatever clocks say."""
    if work.not_before is None:
        return 0.0
    return min((work.not_before - shard.resources.clock()).total_seconds(), shard.resources.settings.retry_max_s)


async def _put_off(flight: Flight, work: Work, error: Exception, attempt: int, shard: Shard) -> float:
    wait_s = back_off_s(error, attempt, shard.resources.settings)
    log.warning("event.put_off", event_id=flight.entry.event.id, error=told(error), attempt=attempt, wait_s=round(wait_s, 1))
    later = shard.resources.clock() + timedelta(seconds=wait_s)
    work = work.model_copy(update={"extracted": flight.extracted or work.extracted, "not_before": later})
    await shard.resources.mailbox.save_work(shard.lease, {flight.entry.event.id: work.dump()})
    return wait_s


async def _prepare(flight: Flight, work: Work, shard: Shard) -> None:
    if work.plan is not None:
        flight.plan = work.plan
        return
    match flight.entry.event:
        case MessagesReceived() as event:
            flight.extracted = flight.extracted or work.extracted
            if flight.extracted is None:
                flight.extracted = await _extracted(event, shard)
                await _keep_paid(flight, work, shard)
            vectors = await shard.batcher.embed([draft.text for draft in flight.extracted.drafts])
            flight.extracted, flight.vectors = await classify(_to_sift(event, shard), flight.extracted, vectors, shard.batcher)
        case MemoriesEdited() as event:
            flight.vectors = await shard.batcher.embed(edited_texts(event))
        case MemoriesImported() as event:
            flight.vectors = await imported_vectors(event, shard.batcher)
        case MemoriesForgotten() | UserErased():
            pass


async def _extracted(event: MessagesReceived, shard: Shard) -> Extracted:
    """By rules in turns, so that the model embeds the first texts while the next are read."""
    resources = shard.resources
    if resources.chat is None or not event.infer:
        await shard.batcher.turns.take(sum(len(message.content) for message in event.messages))
        return await extract(event, None)
    async with resources.limits.metered(event.scope.owner) as meter:
        return await extract(event, resources.chat, meter)


def _to_sift(event: MessagesReceived, shard: Shard) -> MessagesReceived:
    """The event without the wishes that were followed already: the chat model was told them, and knows better than a cosine."""
    return event if shard.resources.chat is None else event.model_copy(update={"includes": None, "excludes": None})


async def _keep_paid(flight: Flight, work: Work, shard: Shard) -> None:
    """What the chat model answered is kept at once: who goes on after a crash does not pay for it again."""
    event = flight.entry.event
    if isinstance(event, MessagesReceived) and event.infer and shard.resources.chat is not None:
        kept = work.model_copy(update={"extracted": flight.extracted})
        await shard.resources.mailbox.save_work(shard.lease, {event.id: kept.dump()})


async def settle(flights: Sequence[Flight], shard: Shard) -> None:
    """Decide, commit and close, all together; what an earlier owner had decided goes first, as it was decided.

    A batch that fails is settled flight by flight, so that the one at fault is found and the rest goes on.
    """
    barriers = [flight for flight in flights if is_barrier(flight.entry.event)]
    others = [flight for flight in flights if flight not in barriers]
    replayed = [flight for flight in others if flight.plan is not None]
    fresh = [flight for flight in others if flight.plan is None]
    for batch in (replayed, fresh, *([barrier] for barrier in barriers)):
        if batch:
            await _settle_or_split(batch, shard)


async def _settle_or_split(batch: Sequence[Flight], shard: Shard) -> None:
    attempt = failures = 0
    while True:
        try:
            await _settle(batch, shard)
            return
        except (LeaseLost, asyncio.CancelledError):
            raise
        except Exception as error:
            attempt, failures = attempt + 1, failures + (not waits(error))
            log.warning(
                "batch.failed", shard=shard.number, events=len(batch), error=told(error), attempt=attempt, exc_info=not waits(error)
            )
            if waits(error):
                await asyncio.sleep(back_off_s(error, attempt, shard.resources.settings))
            elif len(batch) > 1:
                for flight in batch:
                    flight.plan = None  # what was decided may rest on the one at fault
                    await _settle_or_split([flight], shard)
                return
            elif failures >= shard.resources.settings.attempts_max:
                await _bury(batch[0], error, shard)
                return


async def _settle(batch: Sequence[Flight], shard: Shard) -> None:
    for flight in batch:
        if flight.error is not None and await _is_to_be_ended(flight, shard):
            flight.error = None
        if flight.error is not None:
            await _bury(flight, flight.error, shard)
    batch = [flight for flight in batch if flight.error is None]
    match batch:
        case [Flight(entry=Entry(event=MemoriesForgotten(where=where) as event)) as flight] if where is not None:
            plans = {event.id: await forget_matching(event, flight.plan, shard)}
        case [Flight(entry=Entry(event=UserErased() as erasure))]:
            plans = {erasure.id: await erase(erasure, shard)}
        case _:
            plans = await _decide_and_write(batch, shard)
    receipts = [_receipt(flight.entry.event, plans[flight.entry.event.id], shard) for flight in batch]
    await shard.resources.mailbox.close(shard.lease, [flight.entry for flight in batch], receipts)


async def _is_to_be_ended(flight: Flight, shard: Shard) -> bool:
    """Whether a worker that died came as far as the commit: what is stored must not be said to have failed."""
    if flight.plan is None or flight.entry.deaths >= _DEATHS_MAX_BEGUN:
        return False
    return is_barrier(flight.entry.event) or await has_begun(flight.plan, shard)


async def _decide_and_write(batch: Sequence[Flight], shard: Shard) -> dict[str, Plan]:
    memories = await recollect([flight for flight in batch if flight.plan is None], shard.writer)
    for flight in batch:
        flight.plan = flight.plan or _decide(flight, memories, shard)
        await asyncio.sleep(0)  # hundreds of them take a while: others of this process have their turn
    plans = {flight.entry.event.id: flight.plan for flight in batch if flight.plan is not None}
    await upsert(plans, memories.vectors, shard)
    return plans


def _decide(flight: Flight, memories: Recollection, shard: Shard) -> Plan:
    resources = shard.resources
    now = resources.clock()
    match flight.entry.event:
        case MessagesReceived() as event:
            setting = Setting(shard.number, now, resources.embedder.name)
            vectors = flight.vectors if flight.vectors is not None else np.empty((0, 0), np.float32)
            plan = reconcile(event, flight.drafts, vectors, memories, setting)
            plan.verdicts.extend(flight.extracted.rejected if flight.extracted else ())
            return plan
        case MemoriesEdited() as event:
            return edit(event, memories, flight.vectors if flight.vectors is not None else (), now)
        case MemoriesForgotten() as event:
            named = [memory for memory_id in event.memory_ids if (memory := memories.by_id.get(memory_id))]
            return forget(event, named, memories.overlay, now)
        case UserErased():
            raise Poison("an erasure is never decided beside others")
        case MemoriesImported() as event:
            rows = flight.vectors if flight.vectors is not None else ()
            return restore(event, memories, rows, shard.number, resources.embedder.name)


def _receipt(event: Event, plan: Plan, shard: Shard) -> Receipt:
    return _closed(event, shard, ReceiptStatus.SUCCEEDED, verdicts=tuple(plan.verdicts))


async def _bury(flight: Flight, error: Exception, shard: Shard) -> None:
    """To the dead letters: the event ends, with its reason, and can be replayed by hand."""
    event = flight.entry.event
    log.error("event.buried", event_id=event.id, kind=event.kind, error=told(error))
    reason = _name(error) + await _what_is_left(flight, shard)
    await shard.resources.mailbox.bury(shard.lease, flight.entry, _closed(event, shard, ReceiptStatus.FAILED, error=reason))


async def _what_is_left(flight: Flight, shard: Shard) -> str:
    """To be said of an event that failed when it may have been committed in part; looking must not fail it anew."""
    if flight.plan is None and not is_barrier(flight.entry.event):
        return ""
    if flight.plan is not None and flight.entry.deaths < _DEATHS_MAX_BEGUN:
        try:
            return "; part of it is done" if await has_begun(flight.plan, shard) else ""
        except (LeaseLost, asyncio.CancelledError):
            raise
        except Exception as error:
            log.warning("traces.unread", event_id=flight.entry.event.id, error=told(error))
    return "; part of it may be done"


def _closed(event: Event, shard: Shard, status: ReceiptStatus, verdicts: tuple[Verdict, ...] = (), error: str | None = None) -> Receipt:
    now = shard.resources.clock()
    return Receipt(
        event_id=event.id,
        owner=event.scope.owner,
        kind=event.kind,
        subject=event.subject,
        status=status,
        verdicts=verdicts,
        error=error,
        created_at=event.accepted_at or event.occurred_at,
        updated_at=now,
        completed_at=now,
    )


def _name(error: Exception) -> str:
    """What went wrong in one line; our own errors are written for callers, others are named by their kind."""
    return error.message if isinstance(error, MnemeError) else f"{type(error).__name__}: {error}"[:500]
