"""Exported, erased, imported: everything is as it was."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import numpy as np
import pytest
from export.lives import ALICE, BOB, LONG_AGO, Line, a_life, erase, everything, exported, found, histories, imported, known
from new_stores import new_store
from standins import WordEmbedder
from working import work

from core.mailbox import Mailbox
from core.resources import Resources
from core.store.exporting import PAGE_ROWS
from core.store.reader import Reader
from core.store.writer import ShardWriter
from ingest.accept import accept
from ingest.restoring import restoring_event
from schemas.errors import MnemeError
from schemas.event import MemoriesForgotten
from schemas.ids import new_id
from schemas.memory import Change, Memory, MemoryState
from schemas.portable import ChangeLine, MemoryLine
from schemas.receipt import Action, Receipt
from schemas.scope import Scope, shard_of
from schemas.search import Condition, Selection


def verdicts(receipts: list[Receipt]) -> set[tuple[Action, str]]:
    return {(verdict.action, verdict.reason) for receipt in receipts for verdict in receipt.verdicts}


async def test_after_export_erasure_and_import_everything_is_as_it_was(resources: Resources) -> None:
    before = await a_life(resources)
    lines = await exported(resources, owner="acme")
    gone = next(line["memory_id"] for line in lines if line["kind"] == "change")
    told = await histories(resources, [*before, gone])
    asked = await found(resources, "What is my bike called, Marlin?")
    await erase(resources)
    assert await everything(resources) == {}

    receipts = await imported(resources, lines)

    assert await everything(resources) == before
    assert await histories(resources, [*before, gone]) == told
    assert await found(resources, "What is my bike called, Marlin?") == asked
    assert {action for action, _ in verdicts(receipts)} == {Action.ADD, Action.NONE}

    assert {action for action, _ in verdicts(await imported(resources, lines))} == {Action.NONE}
    assert await exported(resources, owner="acme") == [lines[0] | {"exported_at": ANY}, *lines[1:]]


async def test_a_store_of_another_number_of_shards_takes_it_with_its_vectors(resources: Resources, tmp_path: Path) -> None:
    before = await a_life(resources)
    lines = await exported(resources, vectors=True)
    told = await histories(resources, list(before))
    embedder = resources.embedder
    assert isinstance(embedder, WordEmbedder)
    embedder.calls.clear()
    async with elsewhere(resources, tmp_path / "other", shards=3) as there:
        await imported(there, lines)
        assert await everything(there) == before
        assert await histories(there, list(before)) == told
        assert [memory.id for memory in await there.reader.get("acme", list(before))] == list(before)
        by_id = lambda lines: sorted(lines, key=str)  # noqa: E731
        assert by_id((await exported(there, vectors=True))[1:]) == by_id(lines[1:])
    assert embedder.calls == []


@asynccontextmanager
async def elsewhere(resources: Resources, folder: Path, *, shards: int) -> AsyncIterator[Resources]:
    """Another install, whose Redis is empty."""
    embedder = resources.embedder
    store = await new_store(folder, shards=shards, embedding_model=embedder.name, dimension=embedder.dimension)
    await resources.redis.flushall()
    settings = resources.settings.model_copy(update={"shards": shards})
    mailbox = Mailbox(resources.redis, settings, wake=resources.mailbox.wake)
    yield replace(resources, store=store, reader=Reader(store), settings=settings, mailbox=mailbox)
    await store.close()


async def test_what_is_newer_stays(resources: Resources) -> None:
    [bike] = await known(resources, BOB, "My bike is red.")
    lines = await exported(resources)
    await ShardWriter(resources.store, shard_of(BOB.subject, 2)).commit([(replace(bike, version=2, metadata={"sold": True}), None)], [])
    now = await everything(resources)
    assert verdicts(await imported(resources, lines)) == {(Action.NONE, "a newer version is stored")}
    assert await everything(resources) == now


async def test_an_older_version_is_brought_up_to_date(resources: Resources) -> None:
    [tea] = await known(resources, ALICE, "I love tea.")
    [_, line, _] = await exported(resources)
    receipts = await imported(resources, [line | {"version": 8, "content": "I love green tea."}])
    assert verdicts(receipts) == {(Action.UPDATE, "restored from an export")}
    assert await everything(resources) == {tea.id: replace(tea, version=8, content="I love green tea.")}


async def test_anothers_ids_are_not_taken_and_ones_own_copy_gets_ids_that_stay(resources: Resources) -> None:
    """In the shard of the originals, where two memories of one id would be one."""
    [tea, paris] = await known(resources, ALICE, "I love tea.", "I live in Paris.")
    superseded = replace(paris, version=2, superseded_by=tea.id, state=MemoryState.SUPERSEDED)
    await ShardWriter(resources.store, shard_of(ALICE.subject, 2)).commit([(superseded, None)], [])
    before, told = await everything(resources), await histories(resources, [tea.id, paris.id])
    lines = await exported(resources)
    namesake = next(
        name for name in map(str, range(99)) if shard_of(Scope(owner=name, user="alice").subject, 2) == shard_of(ALICE.subject, 2)
    )

    await imported(resources, lines, owner=namesake)
    copies = await everything(resources, namesake)
    await imported(resources, lines, owner=namesake)

    assert await everything(resources) == before
    assert await histories(resources, [tea.id, paris.id]) == told
    assert await everything(resources, namesake) == copies
    assert sorted(copy.content for copy in copies.values()) == ["I live in Paris.", "I love tea."]
    assert not set(copies) & set(before)
    for copy in copies.values():
        [line] = await resources.reader.history(namesake, copy.id)
        assert (line.memory_id, line.scope.owner, line.new_content) == (copy.id, namesake, copy.content)
        assert copy.superseded_by is None or copies[copy.superseded_by].content == "I love tea."


async def test_a_copy_for_another_user_of_the_same_account_stands_beside_the_original(resources: Resources) -> None:
    await known(resources, ALICE, "I love tea.")
    [original] = (await everything(resources)).values()
    lines = [line | {"user": "carol"} for line in await exported(resources) if line["kind"] == "memory"]
    await imported(resources, lines)
    await imported(resources, lines)
    memories = (await everything(resources)).values()
    assert sorted((memory.scope.user, memory.content) for memory in memories) == [("alice", "I love tea."), ("carol", "I love tea.")]
    assert await resources.reader.get("acme", [original.id]) == [original]


async def test_more_than_a_page_of_one_user_and_of_many_is_told_once_each(resources: Resources) -> None:
    texts = [f"I have seen {number} ships." for number in range(PAGE_ROWS + 50)]
    await known(resources, ALICE, *texts)
    for number in range(5):
        await known(resources, Scope(owner="acme", user=f"user-{number}"), f"I am number {number}.")
    memories = [line for line in await exported(resources, history=False) if line["kind"] == "memory"]
    assert len(memories) == len({line["id"] for line in memories}) == len(texts) + 5
    assert {line["content"] for line in memories} >= set(texts)


async def test_an_export_has_what_was_asked_for_and_nothing_else(resources: Resources) -> None:
    before = await a_life(resources)
    await known(resources, Scope(owner="other", user="alice"), "I am another alice.")

    async def contents(**extent: Any) -> set[str]:
        return {line["content"] for line in await exported(resources, **extent) if line["kind"] == "memory"}

    of_alice = {memory.content for memory in before.values() if memory.scope.user == "alice"}
    assert await contents(owner="acme", names={"user": "alice"}) == of_alice
    assert await contents(owner="acme", names={"agent": "helper"}) == of_alice
    assert await contents(owner="acme", names={"user": "alice", "run": "run-2"}) == set()
    assert await contents(owner="acme", states=(MemoryState.ACTIVE,)) == {"My bike is blue.", "My boat is called Marlin."}
    assert await contents(owner="") == await contents(owner="nobody") == set()
    assert await contents() == {memory.content for memory in before.values()} | {"I am another alice."}
    plain = await exported(resources, owner="acme", history=False)
    assert all(line["history"] == [] for line in plain if line["kind"] == "memory")
    assert [line["kind"] for line in plain[-2:]] == ["memory", "end"]
    assert plain[-1] == {"kind": "end", "memories": 4, "changes": 0}


async def test_what_claims_to_be_accepted_in_the_future_can_be_deleted_all_the_same(resources: Resources) -> None:
    await known(resources, ALICE, "I love tea.")
    [line] = [line for line in await exported(resources) if line["kind"] == "memory"]
    await imported(resources, [line | {"id": new_id(), "accepted_at": "9999-01-01T00:00:00Z"}])
    where = Condition(field="user", value="alice")
    shard = resources.store.shards_of(Selection(owner="acme", where=where))[0]
    await accept(resources, [MemoriesForgotten(scope=Scope(owner="acme"), where=where, shard=shard)], wait=False)
    await work(resources)
    assert await everything(resources) == {}


@pytest.mark.parametrize("vector", ["%%%", "AAAA", b64encode(np.ones(64, "<f4")).decode(), b64encode(np.full(64, np.nan, "<f4")).decode()])
async def test_a_vector_that_can_not_be_the_models_is_made_anew(resources: Resources, vector: str) -> None:
    await known(resources, ALICE, "I love tea.")
    [line] = [line for line in await exported(resources, vectors=True) if line["kind"] == "memory"]
    await erase(resources)
    await imported(resources, [line | {"vector": vector}])
    assert [line] == [line for line in await exported(resources, vectors=True) if line["kind"] == "memory"]


def a_line(**fields: Any) -> Line:
    times = dict.fromkeys(("said_at", "created_at", "updated_at", "accepted_at"), LONG_AGO.isoformat())
    return {"kind": "memory", "id": new_id(), "owner": "acme", "user": "ann", "content": "I love tea.", **times} | fields


async def test_a_line_written_by_hand_needs_little(resources: Resources) -> None:
    await imported(resources, [a_line()])
    [memory] = (await everything(resources)).values()
    assert (memory.content, memory.scope, memory.said_at) == ("I love tea.", Scope(owner="acme", user="ann"), LONG_AGO)


@pytest.mark.parametrize(
    ("line", "about"),
    [
        (a_line(id="7"), "id"),
        (a_line(content=""), "content"),
        (a_line(said_at="2020-01-01T00:00:00"), "said_at"),
        (a_line(said_at="0001-01-01T00:00:00+10:00"), "said_at"),
        (a_line(importance=1.5), "importance"),
        (a_line(confidence=float("nan")), "confidence"),
        (a_line(version=0), "version"),
        (a_line(version=2**63), "version"),
        (a_line(state="lost"), "state"),
        (a_line(user=" "), "user"),
        (a_line(tags=["x" * 600]), "tags"),
        (a_line(links={"x": 1}), "links"),
        (a_line(metadata={"x": "y" * 20_000}), "metadata"),
        (a_line(metadata={"x": 2**70}), "metadata"),
        (a_line(content="x" * 2_000_000), "message"),
        (a_line(history=[{"id": new_id(), "kind": "ADD"}]), "history"),
        ({"kind": "change", "owner": "acme", "memory_id": new_id()}, "change"),
        ({"kind": "header", "format": "mneme", "version": 2}, "version"),
    ],
)
async def test_a_line_that_can_not_be_is_refused_in_words(resources: Resources, line: Line, about: str) -> None:
    with pytest.raises(MnemeError, match=about) as refused:
        restoring_event(line, "acme", resources.settings, resources.clock(), new_id())
    assert refused.value.status in (400, 413)


def test_the_format_has_every_field_of_a_memory_and_of_a_change() -> None:
    """One that is added to a memory is added to the format as well, or an export would lose it."""
    scope = {"owner", "user", "agent", "app", "run", "tags"}
    assert {field.name for field in fields(Memory)} - {"scope"} <= set(MemoryLine.model_fields) - scope
    told_to_listeners = {"type", "superseded_by"}
    change = ChangeLine.model_fields["change"].annotation
    assert change is not None
    assert {field.name for field in fields(Change)} - {"scope", "memory_id"} - told_to_listeners == set(change.model_fields)
