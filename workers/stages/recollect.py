"""Recollect: what the store knows about everything in a batch, read in as few queries as it takes."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.store.writer import ShardWriter
from schemas.event import MemoriesEdited, MemoriesForgotten, MemoriesImported, MessagesReceived
from schemas.memory import Memory, content_hash
from schemas.search import Candidate
from workers.draft import Vectors
from workers.overlay import Overlay
from workers.plan import Vector
from workers.rules.identity import candidates_of
from workers.window import Flight

NEIGHBOURS = 12
"""Nearest memories each draft is held against."""
LEAST = 0.25
"""Cosine below which two statements have nothing to do with each other."""


@dataclass(slots=True)
class Recollection:
    """What is stored, and over it what the batch has decided so far."""

    near: dict[tuple[str, int], list[Candidate]] = field(default_factory=dict)
    """(event id, place of the draft) -> its nearest stored memories."""
    same: dict[str, list[Memory]] = field(default_factory=dict)
    """subject -> stored memories with exactly the words of some draft."""
    by_id: dict[str, Memory] = field(default_factory=dict)
    held: dict[str, frozenset[str]] = field(default_factory=dict)
    """memory id -> the subjects that have one of it, for imports."""
    lines: dict[str, frozenset[str]] = field(default_factory=dict)
    """id of a line of history -> whose it is, for imports."""
    degrees: dict[str, int] = field(default_factory=dict)
    """memory id -> how many links it has, of those that are rated."""
    overlay: Overlay = field(default_factory=Overlay)
    vectors: dict[str, Vector] = field(default_factory=dict)
    """memory id -> the vector its new text got."""


async def recollect(flights: Sequence[Flight], writer: ShardWriter) -> Recollection:
    """Read the neighbours of drafts, the twins of verbatim messages, the rows that edits, deletions and imports name."""
    memories = Recollection()
    messages = [flight for flight in flights if isinstance(flight.entry.event, MessagesReceived)]
    async with asyncio.TaskGroup() as reads:
        reads.create_task(_read_near(messages, writer, memories))
        reads.create_task(_read_same(messages, writer, memories))
        reads.create_task(_read_named(flights, writer, memories))
        reads.create_task(_read_holders(flights, writer, memories))
    return memories


async def _read_near(flights: Iterable[Flight], writer: ShardWriter, memories: Recollection) -> None:
    places: dict[str, list[tuple[str, int]]] = defaultdict(list)
    rows: dict[str, list[Vector]] = defaultdict(list)
    for flight in flights:
        for place, draft in enumerate(flight.drafts):
            if not draft.verbatim and flight.vectors is not None:
                places[flight.subject].append((flight.entry.event.id, place))
                rows[flight.subject].append(flight.vectors[place])
    if not rows:
        return
    asked: dict[str, Vectors] = {subject: np.stack(vectors) for subject, vectors in rows.items()}
    found = await writer.neighbours(asked, NEIGHBOURS, LEAST)
    for subject, keys in places.items():
        memories.near.update(zip(keys, found[subject], strict=True))


async def _read_same(flights: Iterable[Flight], writer: ShardWriter, memories: Recollection) -> None:
    wanted: dict[str, set[str]] = defaultdict(set)
    for flight in flights:
        wanted[flight.subject].update(content_hash(draft.text) for draft in flight.drafts if draft.verbatim)
    if any(wanted.values()):
        memories.same = await writer.by_hash({subject: sorted(hashes) for subject, hashes in wanted.items() if hashes})


async def _read_named(flights: Iterable[Flight], writer: ShardWriter, memories: Recollection) -> None:
    ids, rated = set[str](), set[str]()
    for flight in flights:
        match flight.entry.event:
            case MemoriesEdited(edits=edits):
                ids.update(edit.memory_id for edit in edits)
                rated.update(edit.memory_id for edit in edits if "feedback" in edit.model_fields_set)
            case MemoriesForgotten(memory_ids=named):
                ids.update(named)
            case MemoriesImported() as event:
                ids.update(candidates_of(event, writer.shard)[0])
    if ids:
        memories.by_id = {memory.id: memory for memory in await writer.get(sorted(ids))}
    if rated:
        memories.degrees = await writer.degrees(sorted(rated))


async def _read_holders(flights: Iterable[Flight], writer: ShardWriter, memories: Recollection) -> None:
    ids, lines = set[str](), set[str]()
    for flight in flights:
        if isinstance(flight.entry.event, MemoriesImported):
            of_memories, of_lines = candidates_of(flight.entry.event, writer.shard)
            ids |= of_memories
            lines |= of_lines
    memories.held = await writer.holders(ids)
    memories.lines = await writer.line_holders(lines)
