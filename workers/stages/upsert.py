"""Upsert: one commit for a whole batch. The plans are durable before it, so whoever comes after a crash does the same again."""

from collections.abc import Mapping, Sequence

import numpy as np

from schemas.lifecycle import LifecycleEvent, of_change
from workers.ending import to_the_end
from workers.plan import Commit, Plan, Vector, texts_to_embed
from workers.shard import Shard
from workers.work import dump_plan


async def upsert(plans: Mapping[str, Plan], vectors: Mapping[str, Vector], shard: Shard) -> None:
    """Apply `plans` (by event id, in order). Raises LeaseLost before anything is written if the shard is no longer ours."""
    commit = await _fold(plans, vectors, shard)
    if not commit:
        return
    await shard.resources.mailbox.save_work(shard.lease, {event_id: dump_plan(plan) for event_id, plan in plans.items()})
    await to_the_end(_write(commit, _told(plans), shard))


async def _fold(plans: Mapping[str, Plan], vectors: Mapping[str, Vector], shard: Shard) -> Commit:
    texts = {key: text for key, text in texts_to_embed(plans.values()).items() if key not in vectors}
    embedded = await shard.batcher.embed(list(texts.values()))
    known: dict[str, Vector] = {**vectors, **dict(zip(texts, np.asarray(embedded), strict=True))}
    commit = Commit()
    for plan in plans.values():
        commit.add(plan, known)
    return commit


def _told(plans: Mapping[str, Plan]) -> list[LifecycleEvent]:
    """What those who listen are told: what these events did. History that came with imported memories is none of it."""
    lines = {line.id: line for event_id, plan in plans.items() for line in plan.changes if line.event_id == event_id}
    return list(map(of_change, lines.values()))


async def _write(commit: Commit, told: Sequence[LifecycleEvent], shard: Shard) -> None:
    mailbox, lease = shard.resources.mailbox, shard.lease
    await mailbox.begin_commit(lease)
    try:
        await shard.writer.refresh()
        lease.check()
        await shard.writer.commit(
            list(commit.upserts.values()), list(commit.changes.values()), list(commit.deletes), commit.links, check=lease.check
        )
    except BaseException:
        await mailbox.end_commit(lease)
        raise
    await mailbox.tell(lease.shard, lease.holder, told, let_go=True)


async def has_begun(plan: Plan, shard: Shard) -> bool:
    """Whether anything of a plan is in the store, asked under the commit lock: no late commit comes after it. Raises LeaseLost."""
    mailbox, lease = shard.resources.mailbox, shard.lease
    await mailbox.begin_commit(lease)
    try:
        await shard.writer.refresh()
        return await shard.writer.has_any(plan.upserts, plan.deletes, [line.id for line in plan.changes])
    finally:
        await mailbox.end_commit(lease)
