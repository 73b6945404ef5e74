"""Bulk jobs: how far they have come, asked or followed."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json, Responses
from core.web.events import HEARTBEAT, EventStream, beating, event
from core.web.opened import Opened
from schemas.bulk import BulkJob
from schemas.errors import Unavailable
from schemas.wire.bulk import ROOT, Job, Jobs, job_answer, known_name

router = APIRouter(prefix=ROOT, tags=["Bulk"])

_LOOK_S = 0.5
"""How often a job that is followed is looked at."""
_STREAM: Responses = {200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}}


@router.get("", summary="List bulk jobs", response_model=Jobs, response_class=Json)
async def list_jobs(resources: Opened, caller: Caller, limit: Annotated[int, Query(ge=1, le=100)] = 20) -> Json:
    """The newest first, without their errors."""
    return Json({"jobs": [job_answer(job) for job in await resources.bulk.page(caller.owner, limit)]})


@router.get("/{job}", summary="Get a bulk job", response_model=Job, response_class=Json)
async def get_job(job: str, resources: Opened, caller: Caller) -> Json:
    """How many of its lines were accepted, and what became of them."""
    return Json(job_answer(await resources.bulk.get(caller.owner, known_name(job))))


@router.get("/{job}/events", summary="Follow a bulk job", responses=_STREAM)
async def follow_job(job: str, request: Request, resources: Opened, caller: Caller) -> EventStream:
    """Server-sent events: `progress` whenever it changes, `done` at the end, each with the job as `GET /v1/bulk/{job}` tells it."""
    found = await resources.bulk.get(caller.owner, known_name(job))
    followers: asyncio.Semaphore = request.app.state.followers
    if followers.locked():
        raise Unavailable("too many streams at once", retry_after_s=5)
    changes = _told(_changes(found, caller.owner, resources), resources.settings.stream_heartbeat_s, followers)
    return EventStream(await anext(changes), changes)


async def _told(changes: AsyncGenerator[BulkJob, None], heartbeat_s: float, followers: asyncio.Semaphore) -> AsyncGenerator[bytes, None]:
    async with followers, aclosing(beating(changes, heartbeat_s)) as beats:
        async for job in beats:
            yield HEARTBEAT if job is None else event("done" if job.done else "progress", job_answer(job))


async def _changes(job: BulkJob, owner: str, resources: Resources) -> AsyncGenerator[BulkJob, None]:
    told: Any = None
    while True:
        if job != told:
            yield job
        if job.done:
            return
        told = job
        await asyncio.sleep(_LOOK_S)
        job = await resources.bulk.get(owner, job.name)
