"""A life to export, and the ways out and in again."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from working import work

from core.export import export_lines
from core.models.space import Space
from core.resources import Resources
from core.store.exporting import Extent
from core.store.links import Linked
from core.store.tables import history_name, links_name, memories_name
from core.store.writer import ShardWriter
from ingest.accept import accept
from ingest.restoring import restoring_event
from schemas.event import MemoriesEdited, MemoriesForgotten, MemoryEdit, MessagesReceived
from schemas.ids import memory_id, new_id
from schemas.memory import ChangeKind, Memory, MemoryState
from schemas.message import Message
from schemas.receipt import Receipt
from schemas.scope import Scope, shard_of
from schemas.search import Selection
from workers.stages.change import change

Line = dict[str, Any]
ALICE = Scope(owner="acme", user="alice", agent="helper", run="run-1", tags=("work",))
BOB = Scope(owner="acme", user="bob")
LONG_AGO = datetime(2020, 2, 3, 4, 5, 6, 789, tzinfo=UTC)


async def exported(resources: Resources, **extent: Any) -> list[Line]:
    space = Space(resources.embedder.name, resources.embedder.dimension)
    pieces = [piece async for piece, _ in export_lines(resources.store, Extent(**{"owner": None} | extent), space, resources.clock())]
    return [json.loads(line) for line in b"".join(pieces).splitlines()]


async def imported(resources: Resources, lines: Sequence[Line], owner: str = "acme") -> list[Receipt]:
    now = resources.clock()
    events = [event for line in lines if (event := restoring_event(line, owner, resources.settings, now, new_id()))]
    await accept(resources, events, wait=False)
    await work(resources)
    return [await resources.receipts.get(owner, event.id) for event in events]


async def said(resources: Resources, scope: Scope, *texts: str, **options: Any) -> None:
    messages = tuple(Message(role="user", content=text) for text in texts)
    await accept(resources, [MessagesReceived(scope=scope, messages=messages, infer=False, **options)], wait=False)
    await work(resources)


async def everything(resources: Resources, owner: str = "acme") -> dict[str, Memory]:
    selection = Selection(owner=owner, states=tuple(MemoryState), show_expired=True)
    return {memory.id: memory for memory in (await resources.reader.page(selection, limit=10_000)).memories}


async def a_life(resources: Resources) -> dict[str, Memory]:
    """Two users, of whose memories some were edited, archived, superseded, made immutable, linked or deleted."""
    later = LONG_AGO + timedelta(days=40_000)
    await said(resources, ALICE, "I love tea.", "I live in Paris.", metadata={"n": 1, "deep": {"a": [True, None, "ä"]}}, said_at=LONG_AGO)
    await said(resources, ALICE, "My boat is called Marlin.", immutable=True, expires_at=later)
    await said(resources, BOB, "I play chess.", "My bike is red.")
    known = {memory.content: memory for memory in (await everything(resources)).values()}
    bike, tea, paris = known["My bike is red."], known["I love tea."], known["I live in Paris."]
    await accept(resources, [MemoriesEdited(scope=BOB, edits=(MemoryEdit(memory_id=bike.id, content="My bike is blue."),))], wait=False)
    await accept(resources, [MemoriesForgotten(scope=BOB, memory_ids=(known["I play chess."].id,))], wait=False)
    await work(resources)
    shard = shard_of(ALICE.subject, resources.settings.shards)
    touched = [
        replace(tea, version=7, access_count=9, last_access_at=LONG_AGO, importance=0.87, state=MemoryState.ARCHIVED, confidence=0.4),
        replace(paris, version=2, state=MemoryState.SUPERSEDED, superseded_by=tea.id, categories=("travel", "home")),
    ]
    linked = Linked(tea.id, "acme", ALICE.subject, tea.content_hash, {paris.id: 0.75})
    await ShardWriter(resources.store, shard).commit([(memory, None) for memory in touched], [], linked=[linked])
    return await everything(resources)


async def histories(resources: Resources, ids: Sequence[str], owner: str = "acme") -> list[Any]:
    return [await resources.reader.history(owner, memory_id) for memory_id in ids]


async def found(resources: Resources, question: str) -> list[tuple[str, float, float]]:
    vector = await resources.embedder.embed_query(question)
    hits = await resources.reader.search(Selection(owner="acme"), vector, question, 10)
    return [(hit.memory.id, hit.similarity, hit.lexical) for hit in hits]


async def known(resources: Resources, scope: Scope, *texts: str) -> list[Memory]:
    """Memories with a line of history each, written as a shard's owner would."""
    shard, now = shard_of(scope.subject, resources.settings.shards), resources.clock()
    times = {"said_at": now, "created_at": now, "updated_at": now, "accepted_at": now}
    ids = [memory_id(new_id(), 0, shard) for _ in texts]
    made = [
        Memory(id=one, scope=scope, content=text, embedding_model=resources.embedder.name, **times)
        for one, text in zip(ids, texts, strict=True)
    ]
    lines = [change(ChangeKind.ADD, before=None, after=memory, event_id=memory.id, at=now, reason="new") for memory in made]
    vectors = await resources.embedder.embed(texts)
    await ShardWriter(resources.store, shard).commit(list(zip(made, vectors, strict=True)), lines)
    return made


async def erase(resources: Resources) -> None:
    for shard in range(resources.settings.shards):
        for name in (memories_name(shard), history_name(shard), links_name(shard)):
            await (await resources.store.writing(name)).delete("true")
