"""Undo: what a run changed is set back, memory by memory, unless somebody else has changed it since."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from core.store.journal import OF_MEMORIES, Entry, Kind
from core.store.links import Linked
from core.store.rows import unpacked
from core.store.tending import Batch, Row, Tender
from schemas.errors import BadInput
from schemas.memory import Memory
from workers.maintenance.rewriting import bring_back, restore, take_away
from workers.maintenance.running import CHUNK, Running, chunks

_CHANGED = "changed since"
_GONE = "deleted since"


async def undo(running: Running) -> None:
    """Take back the run that the order names; a second time, or after an interruption, what is left of it."""
    running.count("restored", "skipped", "links_restored")
    run = running.order.run
    if run is None:
        raise BadInput("an undo names the run to take back")
    for shard in range(running.resources.settings.shards):
        tender = Tender(running.resources.store, shard)
        for part in await tender.journal_parts(run, "memory_id"):
            await _undo_memories(running, tender, await tender.journal(run, OF_MEMORIES, part))
            await running.tell()
        for part in await tender.journal_parts(run, "subject"):
            await _undo_links(running, tender, await tender.journal(run, [Kind.LINKED], part))
            await running.tell()


async def _undo_memories(running: Running, tender: Tender, entries: Sequence[Entry]) -> None:
    of_memory: dict[str, list[Entry]] = {}
    for entry in entries:
        of_memory.setdefault(entry.memory_id, []).append(entry)
    for ids in chunks(list(of_memory)):

        def decide(rows: dict[str, Row], ids: Sequence[str] = tuple(ids)) -> Batch:
            batch = Batch()
            for memory_id in ids:
                _undo(batch, running, of_memory[memory_id], rows.get(memory_id))
            running.counts["restored"] += len(batch.rewritten) + len(batch.added) + len(batch.removed)
            return batch

        await running.commit(tender, ids, decide)


def _undo(batch: Batch, running: Running, entries: Sequence[Entry], row: Row | None) -> None:
    """All of a run's changes of one memory, the last first. One that never came into effect is passed over."""
    latest = entries[0]
    match latest.kind:
        case Kind.CHANGED:
            _set_back(batch, running, entries, row)
        case Kind.REMOVED if row is None and latest.vector is not None:
            bring_back(batch, unpacked(latest.before), latest.vector, running, _reason(latest))
        case Kind.ADDED if row is not None and _as_added(row[0], unpacked(latest.after)):
            take_away(batch, row[0], running, _reason(latest))
        case Kind.ADDED if row is not None:
            running.skip(latest.memory_id, _CHANGED)


def _as_added(memory: Memory, added: Memory) -> bool:
    """Whether it is as it was added; that it was read meanwhile changes nothing."""
    return (memory.version, memory.state, memory.content) == (added.version, added.state, added.content)


def _set_back(batch: Batch, running: Running, entries: Sequence[Entry], row: Row | None) -> None:
    if row is None:
        running.skip(entries[0].memory_id, _GONE)
        return
    memory, vector = row
    fields = {name: getattr(memory, name) for entry in entries for name in entry.after}
    now = dict(fields)
    for entry in entries:
        if not _differs(now, entry.after):
            now |= entry.before
        elif _differs(now, entry.before):
            running.skip(memory.id, _CHANGED)
            return
    if now != fields:
        restore(batch, (memory, vector), running, now, _reason(entries[0]))


def _differs(now: dict[str, object], other: dict[str, object]) -> bool:
    return any(now[name] != value for name, value in other.items())


async def _undo_links(running: Running, tender: Tender, entries: Sequence[Entry]) -> None:
    """A subject's links are set back together or not at all: half of them would have only one end."""
    of_subject: dict[str, list[Entry]] = {}
    for entry in entries:
        of_subject.setdefault(entry.subject, []).append(entry)
    for group in _together(of_subject.values()):

        async def decide(_: dict[str, Row], group: Sequence[Sequence[Entry]] = tuple(group)) -> Batch:
            stored = await tender.links({entry.memory_id for subject in group for entry in subject})
            rows = {memory_id: asdict(row) for memory_id, row in stored.items()}
            batch = Batch()
            for subject in group:
                _unlink(batch, running, subject, rows)
            return batch

        await running.commit(tender, (), decide)


def _together(subjects: Iterable[list[Entry]]) -> Iterator[list[list[Entry]]]:
    """Whole subjects, about CHUNK entries at a time."""
    group: list[list[Entry]] = []
    for subject in subjects:
        group.append(subject)
        if sum(map(len, group)) >= CHUNK:
            yield group
            group = []
    if group:
        yield group


def _unlink(batch: Batch, running: Running, entries: Sequence[Entry], rows: Mapping[str, object]) -> None:
    now = {entry.memory_id: rows.get(entry.memory_id) for entry in entries}
    for entry in entries:
        if now[entry.memory_id] == entry.after:
            now[entry.memory_id] = entry.before
        elif now[entry.memory_id] != entry.before:
            running.skip(entry.memory_id, f"links {_CHANGED}")
            return
    changed = {memory_id: row for memory_id, row in now.items() if row != rows.get(memory_id)}
    batch.linked += [Linked(**row) for row in changed.values() if isinstance(row, dict)]
    batch.unlinked += [memory_id for memory_id, row in changed.items() if row is None]
    running.counts["links_restored"] += len(changed)


def _reason(entry: Entry) -> str:
    return f"maintenance run {entry.run} was taken back"
