"""Maintenance: what may be ordered of it, and the run that carries an order out."""

from datetime import datetime
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from schemas.ids import new_id


class Job(StrEnum):
    IMPORTANCE = "importance-recalculation"
    LINKS = "link-optimization"
    PRUNING = "pruning"
    SUMMARIZATION = "summarization"
    UPKEEP = "upkeep"
    RESTORATION = "restoration"
    """Archived memories become active again."""
    PROFILES = "profiles"
    """Users' profiles are made anew; ordered by whoever asks for one."""
    EXPORT = "export"
    """Memories are put into the shape of an application's schema."""
    UNDO = "undo"
    """What another run did is taken back."""
    ERASURE = "erasure"
    """The files that hold an erased user's words are written anew; ordered by the erasure."""


ORDERED_BY_US = frozenset({Job.UNDO, Job.ERASURE, Job.PROFILES, Job.EXPORT})
"""Jobs that nobody orders by name."""


IN_SEQUENCE = (Job.IMPORTANCE, Job.PRUNING, Job.SUMMARIZATION, Job.LINKS)
"""The order in which all of them are run: each finds what the one before it left."""


class Limits(BaseModel):
    """What pruning leaves alone; whatever is beyond any one of the limits goes. None: no such limit."""

    model_config = ConfigDict(frozen=True)

    max_age_days: float | None = Field(None, ge=0)
    """Since it was created."""
    min_importance: float | None = Field(None, ge=0, le=1)
    min_familiarity: float | None = Field(None, ge=0, le=1)
    """Of `Memory.familiarity`, which counts reads alone."""
    max_memories: int | None = Field(None, ge=0)
    """Of each user; the oldest go first."""
    expired: bool = True
    """Whether those past their expiry go."""
    archive_only: bool = True
    """False: they are deleted, and only `undo` brings them back."""


class Order(BaseModel):
    """What is to be done, and to whose memories. Nothing outside `owner` and `user` is touched, and no users are mixed."""

    model_config = ConfigDict(frozen=True)

    job: Job
    owner: str | None = Field(None, min_length=1)
    """None means everybody's: for the schedule and the command line, never for a caller."""
    user: str | None = Field(None, min_length=1)
    """Only this user's."""
    dry_run: bool = False
    """Count and name, and change nothing."""
    limits: Limits | None = None
    """Of pruning; None: those of the settings."""
    run: str | None = None
    """Of an undo: the run to take back."""
    erasure: str | None = None
    """Of an erasure: the event that erased the user."""
    users: tuple[str, ...] = Field((), max_length=10)
    """Of profiles: whose to make."""
    sampled: bool = False
    """Of profiles: the users were chosen by us."""
    export: str | None = None
    """Of an export: which one; see core/shapes."""
    memory_ids: tuple[str, ...] = Field((), max_length=1_000)
    """Of a restoration; none: all that are archived."""


class RunStatus(StrEnum):
    PENDING = "pending"
    RUNNING = "running"
    INTERRUPTED = "interrupted"
    """Whoever ran it died or was stopped; it is taken up again."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"

    @property
    def closed(self) -> bool:
        return self in (RunStatus.SUCCEEDED, RunStatus.FAILED)


Reason = Literal["expiry", "age", "importance", "count"]


class Pruned(BaseModel):
    """A memory beyond a limit, and the first limit it is beyond."""

    model_config = ConfigDict(frozen=True)

    memory_id: str
    content: str
    reason: Reason


class Skipped(BaseModel):
    """A memory that an undo left as it is, and why."""

    model_config = ConfigDict(frozen=True)

    memory_id: str
    reason: str


class Report(BaseModel):
    """What a run did, or with `dry_run` would do. The lists name the first thousand; `counts` counts all."""

    model_config = ConfigDict(frozen=True)

    counts: dict[str, int] = {}
    candidates: tuple[Pruned, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    truncated: bool = False
    """The lists are not whole."""
    duration_ms: int = 0


class Run(BaseModel):
    """One carrying-out of an order. Its id stands at every change it makes: `Change.event_id`, and the journal that undoes it."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(default_factory=new_id)
    order: Order
    trigger: Literal["request", "schedule"] = "request"
    status: RunStatus = RunStatus.PENDING
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    not_before: datetime | None = None
    """It waits until then, in Redis and in nobody's place."""
    attempts: int = 0
    """How often somebody began it: more than 1 after an interruption."""
    report: Report = Report()
    """While it runs: what it did so far."""
    error: str | None = None

    def becomes(self, status: RunStatus, **fields: Any) -> "Run":
        """The same run a step further."""
        return self.model_copy(update={"status": status, **fields})
