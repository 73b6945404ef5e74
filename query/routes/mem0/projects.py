"""Reading organisations, which are accounts, and their projects."""

from typing import Annotated

from fastapi import Query

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from schemas.errors import NotFound
from schemas.project import HOME, Project, organisation, place_of
from schemas.wire.mem0.project import Members, OrganisationObject, ProjectObject, members_object, project_object

router = json_router(prefix="/api/v1/orgs/organizations", tag="Mem0")
Fields = Annotated[list[str] | None, Query(description="Ignored: the answer is always whole.")]


@router.get("", summary="List organisations", response_model=list[OrganisationObject])
async def list_organisations(caller: Caller) -> Json:
    """The one whose key this is."""
    return Json([_organisation(caller.owner)])


@router.get("/{org_id}", summary="Get an organisation", response_model=OrganisationObject)
async def get_organisation(org_id: str, caller: Caller) -> Json:
    """An account."""
    return Json(_organisation(caller.owner))


@router.get("/{org_id}/projects", summary="List projects", response_model=list[ProjectObject])
async def list_projects(org_id: str, resources: Opened, caller: Caller) -> Json:
    """Those that the key opens, the default one first."""
    account, home = place_of(caller.owner)
    found = [project for project in await resources.projects.all(account) if home in (HOME, project.id)]
    return Json([project_object(project) for project in found])


@router.get("/{org_id}/projects/{project_id}", summary="Get a project", response_model=ProjectObject)
async def get_project(org_id: str, project_id: str, resources: Opened, caller: Caller, fields: Fields = None) -> Json:
    """With all its settings."""
    return Json(project_object(await _project(resources, caller.owner)))


@router.get("/{org_id}/projects/{project_id}/members", summary="List members", response_model=Members)
async def get_members(org_id: str, project_id: str, resources: Opened, caller: Caller) -> Json:
    """Who was added. Access goes by API key alone."""
    return Json(members_object(await _project(resources, caller.owner)))


async def _project(resources: Opened, pool: str) -> Project:
    project = await resources.projects.find(*place_of(pool))
    if project is None:
        raise NotFound("no such project")
    return project


def _organisation(pool: str) -> dict[str, str]:
    account, _ = place_of(pool)
    return {"org_id": organisation(account), "name": account, "user_role": "OWNER"}
