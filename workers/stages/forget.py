"""Forget: what a client asked to delete, by id or by filter."""

from collections.abc import Iterable
from datetime import datetime

from schemas.event import MemoriesForgotten
from schemas.memory import ChangeKind, Memory, MemoryState
from schemas.receipt import Action, Verdict
from schemas.search import Selection
from workers.overlay import Overlay
from workers.plan import Plan
from workers.shard import Shard
from workers.stages.change import change
from workers.stages.upsert import upsert

_REASON = "deleted by the client"
_CHUNK = 2_000
"""Memories taken in one commit: what bounds the memory a deletion of millions needs."""
_NAMED_MAX = 1_000
"""Verdicts that name their memory; of the rest the receipt tells the number."""


def forget(event: MemoriesForgotten, memories: Iterable[Memory], overlay: Overlay, now: datetime) -> Plan:
    """Remove `memories` (those the event names and the store holds), as they stand after earlier events of the batch."""
    plan, gone = Plan(), set[str]()
    standing = {memory.id: memory for stored in memories if (memory := overlay.current(stored)) is not None}
    pending = {memory_id: row for memory_id in event.memory_ids if (row := overlay.rows.get(memory_id)) is not None}
    for memory in (standing | pending).values():
        if memory.scope.owner != event.scope.owner:
            continue
        gone.add(memory.id)
        overlay.drop(memory.id)
        plan.deletes.append(memory.id)
        plan.changes.append(change(ChangeKind.DELETE, before=memory, after=None, event_id=event.id, at=now, reason=_REASON))
        plan.verdicts.append(Verdict(action=Action.DELETE, memory_id=memory.id, text=memory.content, reason=_REASON))
    for memory_id in event.memory_ids:
        if memory_id not in gone:
            plan.verdicts.append(Verdict(action=Action.NONE, memory_id=memory_id, reason="no such memory"))
    return plan


async def forget_matching(event: MemoriesForgotten, begun: Plan | None, shard: Shard) -> Plan:
    """Remove all that the event's filter matches and that was accepted before it; gives what to tell of it.

    Commits as it goes: handled again after a crash, it ends what was `begun` and goes on with what is left.
    """
    if event.where is None:
        raise ValueError("forget_matching wants a filter")
    selection = Selection(owner=event.scope.owner, where=event.where, states=tuple(MemoryState), show_expired=True)
    before = event.accepted_at or event.occurred_at
    told, count, plan = Plan(), 0, begun
    while True:
        if plan is not None:
            await upsert({event.id: plan}, {}, shard)
            count += len(plan.deletes)
            told.verdicts.extend(plan.verdicts[: max(0, _NAMED_MAX - len(told.verdicts))])
        memories = await shard.writer.matching(selection, before, _CHUNK)
        if not memories:
            break
        plan = forget(event, memories, Overlay(), shard.resources.clock())
    if count > len(told.verdicts):
        told.verdicts.append(Verdict(action=Action.DELETE, reason=f"and {count - len(told.verdicts)} more"))
    return told


def left_out() -> Plan:
    """Of an event whose user was erased before it was handled."""
    return Plan(verdicts=[Verdict(action=Action.NONE, reason="its user was erased before it was handled")])
