"""Pruning: dry run and run agree, reasons are told, nothing immutable and nobody else's goes, all of it can be taken back."""

from datetime import timedelta

from maintenance_house import NOW, House, days_ago

from schemas.maintenance import Job, Limits, RunStatus
from schemas.memory import ChangeKind, MemoryState
from schemas.search import Selection

LIMITS = Limits(max_age_days=90, min_importance=0.1, max_memories=4)


async def fill(house: House) -> dict[str, str]:
    """Ann's memories, by the reason for which they should go."""
    expired = await house.remember("expired", expires_at=NOW - timedelta(hours=1))
    aged = await house.remember("aged", made=days_ago(91))
    minor = await house.remember("minor", importance=0.05)
    too_many = await house.remember("too many", made=days_ago(2))
    for n in range(2):
        await house.remember(f"kept {n}", made=NOW - timedelta(hours=n))
    await house.remember("immutable", made=days_ago(400), immutable=True)
    return {expired.id: "expiry", aged.id: "age", minor.id: "importance", too_many.id: "count"}


async def test_a_dry_run_names_the_candidates_and_touches_nothing(house: House) -> None:
    reasons = await fill(house)
    before = await house.rows()
    run = await house.run(Job.PRUNING, limits=LIMITS, dry_run=True)
    assert run.status is RunStatus.SUCCEEDED
    assert {candidate.memory_id: candidate.reason for candidate in run.report.candidates} == reasons
    assert run.report.counts == {"candidates": 4, "archived": 4, "deleted": 0}
    assert await house.rows() == before


async def test_the_run_does_what_the_dry_run_said(house: House) -> None:
    reasons = await fill(house)
    dry = await house.run(Job.PRUNING, limits=LIMITS, dry_run=True)
    run = await house.run(Job.PRUNING, limits=LIMITS)
    assert run.report.candidates == dry.report.candidates
    assert run.report.counts == dry.report.counts
    archived = await house.resources.reader.get("acme", list(reasons))
    assert {memory.state for memory in archived} == {MemoryState.ARCHIVED}
    shown = (await house.resources.reader.page(Selection(owner="acme"))).memories
    assert {memory.content for memory in shown} == {"kept 0", "kept 1", "immutable"}
    lines = [line for memory in archived for line in await house.resources.reader.history("acme", memory.id)]
    assert {(line.kind, line.event_id) for line in lines} == {(ChangeKind.ARCHIVE, run.id)}
    assert (await house.run(Job.PRUNING, limits=LIMITS)).report.counts["candidates"] == 0


async def test_what_was_deleted_is_gone_and_comes_back_whole(house: House) -> None:
    reasons = await fill(house)
    before = await house.rows()
    run = await house.run(Job.PRUNING, limits=LIMITS.model_copy(update={"archive_only": False}))
    assert run.report.counts == {"candidates": 4, "archived": 0, "deleted": 4}
    assert await house.resources.reader.get("acme", list(reasons)) == []
    undone = await house.run(Job.UNDO, run=run.id)
    assert undone.report.counts["restored"] == 4
    assert await house.rows() == before


async def test_nobody_elses_memories_go(house: House) -> None:
    for owner, user in (("acme", "bob"), ("other", "ann")):
        await house.remember(f"{owner} {user}", owner=owner, user=user, made=days_ago(500), importance=0.01)
    before = await house.rows()
    mine = await house.remember("mine", made=days_ago(500))
    run = await house.run(Job.PRUNING, user="ann", limits=LIMITS)
    assert [candidate.memory_id for candidate in run.report.candidates] == [mine.id]
    assert [row for row in await house.rows() if row["id"] != mine.id] == before


async def test_a_flood_of_one_user_evicts_nobody_elses(house: House) -> None:
    quiet = await house.remember("from long ago", user="bob", made=days_ago(300))
    flood = [await house.remember(f"note {n}", made=NOW - timedelta(minutes=n)) for n in range(5)]
    run = await house.run(Job.PRUNING, limits=Limits(max_memories=3))
    assert {candidate.memory_id for candidate in run.report.candidates} == {memory.id for memory in flood[3:]}
    assert (await house.now(quiet))[0].state is MemoryState.ACTIVE


async def test_the_schedule_prunes_only_what_has_expired(house: House) -> None:
    await fill(house)
    run = await house.run(Job.PRUNING, owner=None)
    assert [candidate.content for candidate in run.report.candidates] == ["expired"]


async def test_an_archived_memory_can_be_restored(house: House) -> None:
    old = await house.remember("old", made=days_ago(100))
    older = await house.remember("older", made=days_ago(200))
    await house.run(Job.PRUNING, limits=Limits(max_age_days=90))
    run = await house.run(Job.RESTORATION, memory_ids=(old.id,))
    assert run.report.counts["restored"] == 1
    assert [memory.state for memory in await house.now(old, older)] == [MemoryState.ACTIVE, MemoryState.ARCHIVED]
    assert (await house.run(Job.RESTORATION, owner="other")).report.counts.get("restored", 0) == 0
