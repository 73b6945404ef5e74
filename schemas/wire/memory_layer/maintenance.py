"""Maintenance as Memory Layer's clients order it, and what they are told of it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.errors import BadInput
from schemas.maintenance import IN_SEQUENCE, Job, Limits, Order, Run

ALL = "all"
_BY_NAME = {job.value: job for job in IN_SEQUENCE}
_TOLD = {
    Job.SUMMARIZATION: ("summaries_created", "memories_summarized"),
    Job.IMPORTANCE: ("memories", "recalculated"),
    Job.LINKS: ("memories", "links_added", "links_removed"),
}
"""Of a run's counts, those its job's answer has."""
_CENTURY_DAYS = 36_500


class PruneRequest(BaseModel):
    """A memory that is beyond any one of the limits goes."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    max_age_days: Annotated[float, Field(ge=0, le=_CENTURY_DAYS, allow_inf_nan=False)] = 90
    min_importance: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.1
    """Of `importance_score`, which is never below 0.5."""
    max_memories: Annotated[int, Field(ge=0)] = 10_000
    """Of each end user; the oldest go first."""
    archive_only: bool = True
    """Archived memories are left out of search, lists and chat, and can be brought back."""
    dry_run: bool = False
    """Only say what would go."""


class Candidate(BaseModel):
    id: str
    content: str
    reason: Literal["expiry", "age", "importance", "count"]


class Pruned(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    status: Literal["success"]
    job: Literal["pruning"]
    dry_run: bool
    archived_count: int
    """With dry_run: how many would be."""
    deleted_count: int
    candidates: list[Candidate]
    """The first thousand."""
    duration_ms: int


class Summarized(BaseModel):
    status: Literal["success"]
    job: Literal["summarization"]
    summaries_created: int
    memories_summarized: int
    duration_ms: int


class Recalculated(BaseModel):
    status: Literal["success"]
    job: Literal["importance-recalculation"]
    memories: int
    recalculated: int
    duration_ms: int


class Linked(BaseModel):
    status: Literal["success"]
    job: Literal["link-optimization"]
    memories: int
    links_added: int
    links_removed: int
    duration_ms: int


Done = Pruned | Summarized | Recalculated | Linked


class AllDone(BaseModel):
    status: Literal["success"]
    jobs: list[Done]
    duration_ms: int


def jobs_named(name: str) -> tuple[Job, ...]:
    """The jobs a name stands for: one, or `all`, in the order they are run. Raises BadInput."""
    if name == ALL:
        return IN_SEQUENCE
    if name not in _BY_NAME:
        raise BadInput(f"Unknown job type {name[:100]!r}: it is one of {', '.join([*_BY_NAME, ALL])}")
    return (_BY_NAME[name],)


def order_of(job: Job, owner: str, pruning: PruneRequest, min_importance: float | None = None) -> Order:
    """The order; `pruning` counts where the job is that. What has expired stays: it is not searched, and not asked about here.

    `min_importance` is a limit of the install's, of the importance that fades.
    """
    if job is not Job.PRUNING:
        return Order(job=job, owner=owner)
    limits = Limits(
        max_age_days=pruning.max_age_days,
        min_importance=min_importance,
        min_familiarity=pruning.min_importance,
        max_memories=pruning.max_memories,
        expired=False,
        archive_only=pruning.archive_only,
    )
    return Order(job=job, owner=owner, dry_run=pruning.dry_run, limits=limits)


def report(run: Run) -> dict[str, Any]:
    """What a run did, by the names of its job."""
    counts, head = run.report.counts, {"status": "success", "job": run.order.job.value}
    if run.order.job is not Job.PRUNING:
        return {**head, **{name: counts.get(name, 0) for name in _TOLD[run.order.job]}, "duration_ms": run.report.duration_ms}
    named = [{"id": one.memory_id, "content": one.content, "reason": one.reason} for one in run.report.candidates]
    done = {"dry_run": run.order.dry_run, "archived_count": counts.get("archived", 0), "deleted_count": counts.get("deleted", 0)}
    return {**head, **done, "candidates": named, "duration_ms": run.report.duration_ms}


def reports(runs: Sequence[Run]) -> dict[str, Any]:
    return {"status": "success", "jobs": [report(run) for run in runs], "duration_ms": sum(run.report.duration_ms for run in runs)}
