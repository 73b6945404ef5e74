"""Edits and deletions of memories: sent down the same road as what made them, so they can't overtake it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from core.resources import Resources
from ingest.accept import accept
from ingest.bounds import check_metadata, check_text
from schemas.errors import Conflict, MnemeError, NotFound
from schemas.event import MemoriesEdited, MemoriesForgotten, MemoryEdit
from schemas.memory import Feedback, Memory
from schemas.receipt import Receipt, ReceiptStatus
from schemas.scope import Scope, shard_of
from schemas.search import Selection


async def look_up(resources: Resources, owner: str, ids: Iterable[str]) -> dict[str, Memory]:
    """The memories by id, in whatever state. Raises NotFound naming those that this owner does not have."""
    wanted = list(dict.fromkeys(ids))
    found = {memory.id: memory for memory in await resources.reader.get(owner, wanted)}
    missing = [memory_id for memory_id in wanted if memory_id not in found]
    if missing:
        raise NotFound(f"no memory {', '.join(missing[:10])}{' and others' if len(missing) > 10 else ''}")
    return found


async def edit(resources: Resources, owner: str, edits: Sequence[MemoryEdit]) -> list[Receipt]:
    """Carry out the edits in order, or none of them; one event a subject.

    Raises NotFound, Conflict (an immutable memory), TooLarge or BadInput before anything is changed; NotInTime after.
    """
    memories = await look_up(resources, owner, (one.memory_id for one in edits))
    for memory in memories.values():
        if memory.immutable:
            raise Conflict(f"memory {memory.id} is immutable: it can be deleted, but not changed")
    groups: dict[str, list[MemoryEdit]] = defaultdict(list)
    for one in edits:
        check_text(one.content or "", resources.settings)
        check_metadata(one.metadata, resources.settings)
        groups[memories[one.memory_id].scope.subject].append(one)
    now = resources.clock()
    events = [MemoriesEdited(scope=memories[group[0].memory_id].scope, edits=tuple(group), occurred_at=now) for group in groups.values()]
    return finished(await accept(resources, events, wait=True))


async def rate(resources: Resources, owner: str, memory_id: str, feedback: Feedback | None, reason: str | None) -> None:
    """Note what somebody thinks of a memory, or take it back with None; immutable ones too. Raises NotFound, NotInTime."""
    memory = (await look_up(resources, owner, [memory_id]))[memory_id]
    one = MemoryEdit(memory_id=memory_id, feedback=feedback, feedback_reason=reason)
    event = MemoriesEdited(scope=memory.scope, edits=(one,), occurred_at=resources.clock())
    finished(await accept(resources, [event], wait=True))


async def forget(resources: Resources, memories: Iterable[Memory]) -> list[Receipt]:
    """Delete these memories; one event a subject. Raises NotInTime."""
    groups: dict[str, list[Memory]] = defaultdict(list)
    for memory in memories:
        groups[memory.scope.subject].append(memory)
    now = resources.clock()
    events = [
        MemoriesForgotten(scope=group[0].scope, memory_ids=tuple(memory.id for memory in group), occurred_at=now)
        for group in groups.values()
    ]
    return finished(await accept(resources, events, wait=True))


async def forget_matching(resources: Resources, selection: Selection) -> list[Receipt]:
    """Delete all that the selection matches and that was accepted before; one event for each shard that may hold some.
    The profiles of whose it was go too.

    Raises BadInput for a filter that the store can't answer, before anything is accepted; NotInTime after.
    """
    await resources.reader.count(selection)
    events = [
        MemoriesForgotten(scope=Scope(owner=selection.owner), where=selection.where, shard=shard, occurred_at=resources.clock())
        for shard in _shards(selection, resources.settings.shards)
    ]
    receipts = finished(await accept(resources, events, wait=True))
    await resources.profiles.forget(selection.owner, selection.users())
    return receipts


def finished(receipts: Sequence[Receipt]) -> list[Receipt]:
    """The receipts, if none of them tells of a failure. Raises MnemeError with its reason."""
    for receipt in receipts:
        if receipt.status is ReceiptStatus.FAILED:
            raise MnemeError(f"event {receipt.event_id} failed: {receipt.error or 'no reason was given'}")
    return list(receipts)


def _shards(selection: Selection, shards: int) -> list[int]:
    subjects = selection.subjects()
    return list(range(shards)) if subjects is None else sorted({shard_of(subject, shards) for subject in subjects})
