"""Profiles: configured, and made on demand."""

from typing import Annotated, Any

from fastapi import Body, Header

from core.auth import Caller
from core.resources import Resources
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.profiles import check_ready, known_user, ordered
from schemas.errors import BadInput, NotFound
from schemas.wire.mem0.profile import (
    SAMPLE,
    JobCreated,
    JobRequest,
    SettingsObject,
    configured,
    job_created,
    job_id,
    order_of,
    settings_object,
)

router = json_router(prefix="/v2/profiles", tag="Mem0")
_SETTINGS = [
    {
        "enabled": True,
        "entities": {"user": {"schema": {"properties": {"diet": {"description": "What the user eats, and must not eat"}}}}},
    }
]
_JOBS = [{"operation": "trigger", "entity_type": "user", "entity_id": "alice"}, {"operation": "sample", "entity_type": "user", "limit": 5}]
IdempotencyKey = Annotated[str | None, Header(max_length=512, description="Sent again with the same key, a job is the same job.")]


@router.post("/settings", summary="Configure profiles", response_model=SettingsObject)
async def configure(body: Annotated[dict[str, Any], Body(examples=_SETTINGS)], resources: Opened, caller: Caller) -> Json:
    """Only what is given is written; null clears. A new schema shapes profiles from their next making on."""
    settings = configured(await resources.profiles.settings(caller.owner), body)
    await resources.profiles.configure(caller.owner, settings)
    return Json(settings_object(settings))


@router.post("/jobs", summary="Make profiles", response_model=JobCreated, status_code=202)
async def create_job(
    body: Annotated[JobRequest, Body(examples=_JOBS)], resources: Opened, caller: Caller, idempotency_key: IdempotencyKey = None
) -> Json:
    """Makes one user's profile, or those of the users with most memories. Answers at once: ask `status_url` how it fares."""
    owner = caller.owner
    await check_ready(resources, owner)
    users = await _users(body, owner, resources)
    run, replayed = await ordered(resources, owner, job_id(owner, idempotency_key), lambda: order_of(body, owner, users))
    return Json(job_created(run, replayed=replayed), status_code=202)


async def _users(request: JobRequest, owner: str, resources: Resources) -> tuple[str, ...]:
    if request.operation == "trigger":
        if request.entity_id is None:
            raise BadInput("entity_id is required", fields={"entity_id": ["is required"]})
        await known_user(resources, owner, request.entity_id)
        return (request.entity_id,)
    users = [entity for entity in await resources.reader.entities(owner) if entity.kind == "user"]
    if not users:
        raise NotFound("no user has memories here")
    users.sort(key=lambda entity: entity.total, reverse=True)
    return tuple(entity.name for entity in users[: request.limit or SAMPLE])
