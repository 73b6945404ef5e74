"""Export, erase, import again: who asks then gets the answers of before."""

from datetime import datetime

import pytest
from export.lives import ALICE, a_life, everything, exported, imported, said
from working import work

from core.resources import Resources
from query.recall import recall
from schemas.erasure import KIND, Erasure, ErasureStatus
from schemas.event import UserErased
from schemas.memory import MemoryState
from schemas.scope import Scope
from schemas.search import Condition, Query, Selection
from workers.maintenance import run_job

QUESTIONS = ("What is my boat called, Marlin?", "What colour is my bike?", "tea or coffee in Paris", "Where does Anna's sister live?")
SELECTIONS = (
    Selection(owner="acme"),
    Selection(owner="acme", where=Condition(field="user", value="alice")),
    Selection(owner="acme", where=Condition(field="metadata.n", value=1), states=tuple(MemoryState), show_expired=True),
)


async def answers(resources: Resources, at: datetime) -> list[list[tuple[str, float, float, float]]]:
    """Of every question about every selection: ids in their order, and what they score."""
    asked = [Query(selection=selection, text=question, reference_at=at) for selection in SELECTIONS for question in QUESTIONS]
    found = [await recall(query, resources) for query in asked]
    return [[(hit.memory.id, hit.score, hit.similarity, hit.lexical) for hit in hits] for hits in found]


async def erase(resources: Resources, user: str) -> None:
    event = UserErased(scope=Scope(owner="acme", user=user), now=True)
    await resources.mailbox.accept([event])
    await work(resources)
    for run in await resources.jobs.unfinished():
        await run_job({"resources": resources, "name": "test"}, run.id)
    record = await resources.records.get(KIND, "acme", event.id)
    assert record is not None
    assert Erasure.model_validate_json(record.body).status is ErasureStatus.COMPLETE


async def test_the_same_searches_answer_as_before_after_export_erasure_and_import(resources: Resources) -> None:
    await a_life(resources)
    await said(resources, ALICE, *(f"My sister Anna has lived in house number {number} in Porto." for number in range(12)))
    at = resources.clock()
    before, lines = await answers(resources, at), await exported(resources, owner="acme")
    assert all(map(len, before[: len(QUESTIONS)]))
    for user in ("alice", "bob"):
        await erase(resources, user)
    assert await everything(resources) == {}

    await imported(resources, lines)

    for now, then in zip(await answers(resources, at), before, strict=True):
        assert [hit[0] for hit in now] == [hit[0] for hit in then]
        assert [hit[1:] for hit in now] == [pytest.approx(hit[1:], abs=1e-6) for hit in then]
