"""Reading profiles, their settings, and the jobs that make them."""

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from query.profiles import profile_of
from schemas.errors import NotFound
from schemas.maintenance import Job
from schemas.wire.mem0.profile import JobState, ProfileObject, SettingsObject, job_object, profile_object, settings_object

router = json_router(tag="Mem0")


@router.get("/v2/entities/user/{entity_id:path}/profile", summary="Get a profile", response_model=ProfileObject)
async def get_profile(entity_id: str, resources: Opened, caller: Caller) -> Json:
    """Asked for the first time, or after what it rests on has changed, it is made: `status` is pending until then."""
    return Json(profile_object(await profile_of(caller.owner, entity_id, resources)))


@router.get("/v2/profiles/settings", summary="Get the settings of profiles", response_model=SettingsObject)
async def get_settings(resources: Opened, caller: Caller) -> Json:
    """Whether profiles are made, and in which shape."""
    return Json(settings_object(await resources.profiles.settings(caller.owner)))


@router.get("/v2/profiles/jobs/{job_id}", summary="Get a job", response_model=JobState)
async def get_job(job_id: str, resources: Opened, caller: Caller) -> Json:
    """How many profiles it has made, and how many it could not."""
    run = await resources.jobs.get(caller.owner, job_id)
    if run.order.job is not Job.PROFILES:
        raise NotFound(f"no job {job_id[:100]}")
    return Json({"job": job_object(run)})
