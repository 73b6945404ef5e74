"""Bulk uploads over HTTP: where they go, how a job is named, and how it is told."""

import re
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from schemas.bulk import BulkJob
from schemas.errors import BadInput, NotFound
from schemas.ids import new_id

ROOT = "/v1/bulk"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")


class Refused(BaseModel):
    line: int
    error: str


class Job(BaseModel):
    """A job's state. Counts are of lines, but for `memories`."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    job: str
    done: bool
    """All that was accepted is handled, and no more lines come."""
    receiving: bool
    """More lines are on their way."""
    received: int
    """Lines read; those that came again are counted again."""
    accepted: int
    """Durable, each line once."""
    repeated: int
    """Lines that were accepted before; they do nothing."""
    refused: int
    """Lines that could not be read; see `errors`."""
    stored: int
    """Left a memory, or changed one."""
    skipped: int
    """Had nothing to remember, or what was known already."""
    failed: int
    """Lie in the dead letters."""
    memories: int
    """Memories made or changed."""
    rate: float
    """Lines handled a second, of late."""
    seconds_left: float | None
    """Until what was accepted is handled; null while nothing moves."""
    created_at: datetime
    updated_at: datetime
    errors: list[Refused]
    """The first 100 lines refused."""


class Jobs(BaseModel):
    jobs: list[Job]


def new_name(given: str | None) -> str:
    """The job's name: what the client chose, else a new one. Raises BadInput."""
    if given is None:
        return new_id()
    if not _NAME.fullmatch(given):
        problem = "1 to 128 letters, digits and . _ : -, the first a letter or digit"
        raise BadInput(f"job: {problem}", fields={"job": [problem]})
    return given


def known_name(given: str) -> str:
    """The name of a job there may be. Raises NotFound."""
    if not _NAME.fullmatch(given):
        raise NotFound("there is no such job")
    return given


def job_answer(job: BulkJob) -> dict[str, Any]:
    """As `Job`."""
    left = job.seconds_left
    return {
        "job": job.name,
        "done": job.done,
        "receiving": job.receiving,
        "received": job.received,
        "accepted": job.accepted,
        "repeated": job.repeated,
        "refused": job.refused,
        "stored": job.stored,
        "skipped": job.skipped,
        "failed": job.failed,
        "memories": job.memories,
        "rate": round(job.rate, 1),
        "seconds_left": None if left is None else round(left, 1),
        "created_at": job.created_at,
        "updated_at": job.updated_at,
        "errors": [{"line": one.line, "error": one.error} for one in job.errors],
    }
