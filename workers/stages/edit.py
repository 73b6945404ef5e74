"""Edit: what a client asked to change in a memory."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from schemas.event import MemoriesEdited, MemoryEdit
from schemas.memory import ChangeKind, Memory
from schemas.receipt import Action, Verdict
from workers.plan import Plan, Vector
from workers.rules.importance import recalculated
from workers.stages.change import change
from workers.stages.recollect import Recollection


def edited_texts(event: MemoriesEdited) -> list[str]:
    """The new texts of the event, in order: they want vectors."""
    return [edit.content for edit in event.edits if edit.content is not None]


def edit(event: MemoriesEdited, memories: Recollection, vectors: Iterable[Vector], now: datetime) -> Plan:
    """Apply each edit to the row as it stands; `vectors` go with `edited_texts(event)`."""
    plan, waiting = Plan(), iter(vectors)
    for one in event.edits:
        vector = next(waiting) if one.content is not None else None
        memory = memories.overlay.rows.get(one.memory_id, memories.by_id.get(one.memory_id))
        if memory is None or memory.scope.owner != event.scope.owner:
            plan.verdicts.append(Verdict(action=Action.NONE, memory_id=one.memory_id, reason="no such memory"))
        elif one.only_rates:
            _rate(one, memory, event, memories, plan, now)
        elif memory.immutable:
            plan.verdicts.append(Verdict(action=Action.NONE, memory_id=one.memory_id, text=memory.content, reason="immutable"))
        else:
            _apply(one, memory, vector, event, memories, plan, now)
    return plan


def _apply(
    one: MemoryEdit, before: Memory, vector: Vector | None, event: MemoriesEdited, memories: Recollection, plan: Plan, now: datetime
) -> None:
    after = _weighed(one, replace(before, version=before.version + 1, updated_at=now, **_fields(one)), memories, now)
    plan.upserts.append(after)
    if vector is not None:
        plan.embed.append(after.id)
        memories.vectors[after.id] = vector
    plan.changes.append(change(ChangeKind.UPDATE, before=before, after=after, event_id=event.id, at=now, reason="edited by the client"))
    plan.verdicts.append(
        Verdict(
            action=Action.UPDATE,
            text=after.content,
            memory_id=after.id,
            previous_text=before.content,
            type=after.type,
            reason="edited by the client",
        )
    )
    memories.overlay.put(after, vector)


def _rate(one: MemoryEdit, before: Memory, event: MemoriesEdited, memories: Recollection, plan: Plan, now: datetime) -> None:
    """Feedback changes what the memory is worth, not what it says or when it was changed; given again it changes nothing."""
    fields = _fields(one)
    if all(getattr(before, name) == value for name, value in fields.items()):
        plan.verdicts.append(Verdict(action=Action.NONE, memory_id=before.id, text=before.content, reason="rated so before"))
        return
    after = _weighed(one, replace(before, version=before.version + 1, **fields), memories, now)
    plan.upserts.append(after)
    reason = f"feedback {after.feedback}" if after.feedback else "feedback taken back"
    plan.verdicts.append(Verdict(action=Action.UPDATE, memory_id=after.id, text=after.content, type=after.type, reason=reason))
    memories.overlay.put(after, None)


def _weighed(one: MemoryEdit, memory: Memory, memories: Recollection, now: datetime) -> Memory:
    """The memory with the importance that importance recalculation would give it, where its feedback is new."""
    if "feedback" not in one.model_fields_set:
        return memory
    return replace(memory, importance=recalculated(memory, memories.degrees.get(memory.id, 0), now))


def _fields(one: MemoryEdit) -> dict[str, Any]:
    given = one.model_fields_set
    fields: dict[str, Any] = {"content": one.content} if one.content is not None else {}
    if "metadata" in given:
        fields["metadata"] = one.metadata or {}
    if one.said_at is not None:
        fields["said_at"] = one.said_at
    if "expires_at" in given:
        fields["expires_at"] = one.expires_at
    return fields | {name: getattr(one, name) for name in ("feedback", "feedback_reason") if name in given}
