"""Runs: kept, one at a time, taken up again when their tender dies, begun once however many tenders look."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from arq.worker import Worker
from maintenance_house import House, days_ago

from core.mailbox.jobs import OPEN, RUNS_MAX
from core.mailbox.place import place
from core.store.runs import Runs
from core.store.tending import Batch, Tender
from schemas.errors import BadInput, NotFound, RunNotInTime, TooManyRequests
from schemas.event import MessagesReceived
from schemas.maintenance import Job, Limits, Order, RunStatus
from schemas.message import Message
from schemas.scope import Scope
from workers.main import maintenance
from workers.maintenance import run_job, schedule
from workers.maintenance.runs import ATTEMPTS_MAX, resume

OLD = Limits(max_age_days=90)
pytestmark = pytest.mark.filterwarnings("ignore:Call to deprecated close:DeprecationWarning")  # arq closes its pool so


@asynccontextmanager
async def tending(house: House, count: int = 1) -> AsyncIterator[None]:
    """Real arq workers of the maintenance queue, over the same Redis and store."""
    workers = [maintenance(house.resources.settings) for _ in range(count)]
    for worker in workers:
        worker.on_startup = worker.on_shutdown = None
        worker.ctx.update(house.ctx)
        worker.cron_jobs = []
    tasks = [asyncio.ensure_future(worker.async_run()) for worker in workers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for worker in workers:
            await _dropped(worker)
            await worker.close()


async def _dropped(worker: Worker) -> None:
    """Its jobs, wherever they are: `close` would fail with one that it has to cancel in its last step."""
    for job in worker.tasks.values():
        job.cancel()
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)
    worker.tasks.clear()


async def until(true: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await true():  # noqa: ASYNC110 - workers set no event here
            await asyncio.sleep(0.02)


async def test_an_order_is_carried_out_by_a_tender_and_waited_for(house: House) -> None:
    old = await house.remember("old", made=days_ago(100))
    async with tending(house):
        run = await house.resources.jobs.start(Order(job=Job.PRUNING, owner="acme", limits=OLD))
        done = await house.resources.jobs.wait(run.id, 20)
    assert (done.status, done.report.counts["archived"], done.attempts) == (RunStatus.SUCCEEDED, 1, 1)
    assert (await house.now(old))[0].state == "archived"


async def test_who_does_not_wait_long_enough_is_told_the_run(house: House) -> None:
    run = await house.resources.jobs.start(Order(job=Job.PRUNING, owner="acme"))
    with pytest.raises(RunNotInTime) as late:
        await house.resources.jobs.wait(run.id, 0.01)
    assert (late.value.run_id, late.value.status) == (run.id, 503)
    assert late.value.retry_after_s


async def test_runs_are_kept_when_redis_has_forgotten_them(house: House) -> None:
    run = await house.run(Job.PRUNING, limits=OLD)
    await house.resources.redis.flushall()
    assert await house.resources.jobs.get("acme", run.id) == run
    assert await Runs(house.resources.store).page("acme") == [run]
    assert await Runs(house.resources.store).page("other") == []


async def test_nobody_sees_or_undoes_anothers_runs(house: House) -> None:
    run = await house.run(Job.PRUNING, limits=OLD)
    with pytest.raises(NotFound):
        await house.resources.jobs.get("other", run.id)
    with pytest.raises(NotFound):
        await house.resources.jobs.start(Order(job=Job.UNDO, owner="other", run=run.id))
    scheduled = await house.run(Job.PRUNING, owner=None)
    with pytest.raises(NotFound):
        await house.resources.jobs.start(Order(job=Job.UNDO, owner="acme", run=scheduled.id))


async def test_an_undo_is_not_undone(house: House) -> None:
    run = await house.run(Job.PRUNING, limits=OLD)
    undone = await house.run(Job.UNDO, run=run.id)
    with pytest.raises(BadInput):
        await house.resources.jobs.start(Order(job=Job.UNDO, owner="acme", run=undone.id))
    with pytest.raises(BadInput):
        await house.resources.jobs.start(Order(job=Job.UNDO, owner="acme"))


async def test_orders_do_not_pile_up_without_bound(house: House) -> None:
    await house.resources.redis.sadd(OPEN, *(str(n) for n in range(RUNS_MAX)))  # type: ignore[misc]
    with pytest.raises(TooManyRequests):
        await house.resources.jobs.start(Order(job=Job.PRUNING, owner="acme"))


async def killed_in_the_middle(house: House, monkeypatch: pytest.MonkeyPatch) -> str:
    """A run cancelled in the middle of its first commit, as a tender that is stopped does it."""
    for n in range(6):
        await house.remember(f"note {n}", made=days_ago(100 + n), user=f"user {n}")
    commit, begun = Tender.commit, asyncio.Event()

    async def slow(self: Tender, batch: Batch) -> None:
        begun.set()
        await asyncio.sleep(0.05)
        await commit(self, batch)

    with monkeypatch.context() as patched:
        patched.setattr(Tender, "commit", slow)
        run = await house.resources.jobs.start(Order(job=Job.PRUNING, owner="acme", limits=OLD))
        working = asyncio.ensure_future(run_job(house.ctx, run.id))
        await begun.wait()
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
    return run.id


async def test_a_run_whose_tender_is_stopped_goes_on_and_is_undone_as_one(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = await killed_in_the_middle(house, monkeypatch)
    halfway = await house.rows()
    states = [row["state"] for row in halfway]
    assert 0 < states.count("archived") < 6, "the commit under way was ended, no other was begun"
    run = await house.resources.jobs.get("acme", run_id)
    assert run.status is RunStatus.INTERRUPTED
    house.time.now += timedelta(minutes=5)
    assert await resume(house.resources) == 1
    async with tending(house):
        done = await house.resources.jobs.wait(run_id, 20)
    assert (done.status, done.attempts) == (RunStatus.SUCCEEDED, 2)
    assert {row["state"] for row in await house.rows()} == {"archived"}
    undone = await house.run(Job.UNDO, run=run_id)
    assert undone.report.counts["restored"] == 6
    assert {row["state"] for row in await house.rows()} == {"active"}


async def test_a_run_whose_tender_died_is_marked_and_taken_up_again(house: House) -> None:
    jobs = house.resources.jobs
    run = await jobs.start(Order(job=Job.PRUNING, owner="acme", limits=OLD))
    await jobs.keep(run.becomes(RunStatus.RUNNING, attempts=1))
    assert await resume(house.resources) == 0, "not at once"
    assert (await jobs.get("acme", run.id)).status is RunStatus.INTERRUPTED
    house.time.now += timedelta(minutes=5)
    assert await resume(house.resources) == 1
    await run_job(house.ctx, run.id)
    assert (await jobs.get("acme", run.id)).status is RunStatus.SUCCEEDED
    assert await resume(house.resources) == 0


async def test_a_run_that_tenders_keep_dying_of_is_given_up(house: House) -> None:
    run = await house.resources.jobs.start(Order(job=Job.PRUNING, owner="acme"))
    await house.resources.jobs.keep(run.becomes(RunStatus.INTERRUPTED, attempts=ATTEMPTS_MAX, error="its tender died"))
    await run_job(house.ctx, run.id)
    failed = await house.resources.jobs.get("acme", run.id)
    assert (failed.status, failed.error) == (RunStatus.FAILED, "its tender died")


async def test_of_one_job_one_run_at_a_time_for_an_owner(house: House) -> None:
    run = await house.resources.jobs.start(Order(job=Job.PRUNING, owner="acme"))
    async with place(house.resources.redis, "maintenance:pruning:acme", "another", 10) as ours:
        assert ours
        assert await run_job(house.ctx, run.id) == "waits"
        assert await resume(house.resources) == 0
    assert await run_job(house.ctx, run.id) == RunStatus.SUCCEEDED


async def test_a_new_install_has_missed_no_turn(house: House) -> None:
    assert await schedule(house.ctx) == 0
    assert await house.resources.jobs.unfinished() == []


async def test_two_tenders_run_each_turn_of_each_job_once(house: House) -> None:
    await schedule(house.ctx)
    house.time.now += timedelta(days=3)  # nobody was there for two turns: they are made up for by one
    await asyncio.gather(schedule(house.ctx), schedule(house.ctx))
    jobs = {Job.IMPORTANCE, Job.LINKS, Job.PRUNING, Job.UPKEEP}
    async with tending(house, 2):

        async def all_done() -> bool:
            await schedule(house.ctx)
            return not await house.resources.jobs.unfinished()

        await until(all_done)
    runs = await Runs(house.resources.store).page(None)
    assert {run.order.job for run in runs} == jobs
    assert [run.attempts for run in runs] == [1] * len(jobs)
    house.time.now += timedelta(days=1)
    await schedule(house.ctx)
    assert {run.order.job for run in await house.resources.jobs.unfinished()} == jobs


async def test_a_job_that_is_never_due_never_runs(house: House) -> None:
    off = {"importance_every_h": 0, "links_every_h": 0, "pruning_every_h": 0, "upkeep_every_h": 0}
    ctx = {**house.ctx, "resources": house.resources}
    object.__setattr__(house.resources, "settings", house.resources.settings.model_copy(update=off))
    assert await schedule(ctx) == 0


async def test_upkeep_forgets_what_is_too_old_to_be_undone(house: House) -> None:
    await house.remember("old", made=days_ago(100))
    run = await house.run(Job.PRUNING, limits=OLD)
    house.time.now += timedelta(days=31)
    done = await house.run(Job.UPKEEP, owner=None)
    assert done.report.counts["undo_records_dropped"] == 1
    assert run.id not in {kept.id for kept in await Runs(house.resources.store).page(None)}


async def test_writes_go_on_beside_a_run(house: House) -> None:
    """A conversation that comes in while everything is recalculated is remembered, and nothing of it is lost."""
    from working import work

    for n in range(30):
        await house.remember(f"note {n}", made=days_ago(400), importance=0.9)
    message = Message(role="user", content="I live in Lisbon.")
    await house.resources.mailbox.accept([MessagesReceived(scope=Scope(owner="acme", user="ann"), messages=(message,), infer=False)])
    run, closed = await asyncio.gather(house.run(Job.IMPORTANCE), work(house.resources))
    assert (run.status, closed) == (RunStatus.SUCCEEDED, 1)
    assert len(await house.rows()) == 31
