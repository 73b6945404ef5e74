"""Projects: made, configured, deleted; and who is listed as their members."""

from functools import partial
from typing import Annotated

from fastapi import Body, Query

from core.auth import Caller
from core.web.answer import Json
from core.web.body import json_router
from core.web.opened import Opened
from ingest.change import forget_matching
from schemas.errors import Conflict, Forbidden, NotFound
from schemas.project import HOME, Project, Role, place_of
from schemas.search import Selection
from schemas.wire.mem0.answers import Done
from schemas.wire.mem0.project import (
    AddMember,
    CreatedProject,
    CreateProject,
    Members,
    UpdateMember,
    UpdateProject,
    members_object,
    project_object,
    updated,
    with_member,
)

router = json_router(prefix="/api/v1/orgs/organizations/{org_id}/projects", tag="Mem0")
_SETTINGS = [{"custom_categories": [{"allergies": "What the user must not eat"}, "travel"], "exclusion_prompt": "politics"}]
_MEMBERS = [{"email": "ada@example.com", "role": "READER"}]
Email = Annotated[str, Query(description="Whom to remove.")]


@router.post("", summary="Make a project", response_model=CreatedProject, status_code=201)
async def create(org_id: str, body: CreateProject, resources: Opened, caller: Caller) -> Json:
    """A pool of memories of its own, with settings of its own; name its id as `project_id` to work in it."""
    account, home = place_of(caller.owner)
    if home != HOME:
        raise Forbidden("this key is one project's and can't make others")
    plan = await resources.limits.plan(account)
    if plan.memories is not None:
        raise Forbidden(f"the plan {plan.name} has one project")
    project = await resources.projects.create(account, body.name, body.description)
    return Json({"message": "Project created successfully.", **project_object(project)}, status_code=201)


@router.patch("/{project_id}", summary="Configure a project", response_model=Done)
async def update(
    org_id: str, project_id: str, body: Annotated[UpdateProject, Body(examples=_SETTINGS)], resources: Opened, caller: Caller
) -> Json:
    """Changes what is given. When it answers, every later add follows it, wherever it comes in."""
    await resources.projects.change(*place_of(caller.owner), lambda project: updated(project, body))
    return Json({"message": "Project updated successfully", "event_id": None})


@router.delete("/{project_id}", summary="Delete a project", response_model=Done)
async def delete(org_id: str, project_id: str, resources: Opened, caller: Caller) -> Json:
    """With all its memories and keys. The default project stays."""
    account, project = place_of(caller.owner)
    if project == HOME:
        raise Conflict('the default project can\'t be deleted; its memories can: DELETE /v1/memories/ with "*" for all four ids')
    everything = Selection(owner=caller.owner)
    await forget_matching(resources, everything)
    await resources.projects.remove(account, project)
    await forget_matching(resources, everything)  # what came in between
    return Json({"message": "Project deleted successfully.", "event_id": None})


@router.post("/{project_id}/members", summary="Add a member", response_model=Members)
async def add_member(
    org_id: str, project_id: str, body: Annotated[AddMember, Body(examples=_MEMBERS)], resources: Opened, caller: Caller
) -> Json:
    """Members are listed; access goes by API key alone."""
    project = await resources.projects.change(*place_of(caller.owner), partial(_added, email=body.email, role=body.role))
    return Json({"message": "User added to the project successfully.", **members_object(project)})


@router.put("/{project_id}/members", summary="Change a member's role", response_model=Members)
async def update_member(
    org_id: str, project_id: str, body: Annotated[UpdateMember, Body(examples=_MEMBERS)], resources: Opened, caller: Caller
) -> Json:
    """404 for who is no member."""
    project = await resources.projects.change(*place_of(caller.owner), partial(_changed, email=body.email, role=body.role))
    return Json({"message": "Project member role updated successfully.", **members_object(project)})


@router.delete("/{project_id}/members", summary="Remove a member", response_model=Members)
async def remove_member(org_id: str, project_id: str, email: Email, resources: Opened, caller: Caller) -> Json:
    """404 for who is no member."""
    project = await resources.projects.change(*place_of(caller.owner), partial(_removed, email=email.strip()))
    return Json({"message": "User removed from the project successfully.", **members_object(project)})


def _added(project: Project, email: str, role: Role) -> Project:
    known = next((one for one in project.members if one.email == email), None)
    if known is not None and known.role != role:
        raise Conflict(f"{email} is a member already, as {known.role}")
    return with_member(project, email, role)


def _changed(project: Project, email: str, role: Role) -> Project:
    _check(project, email)
    return with_member(project, email, role)


def _removed(project: Project, email: str) -> Project:
    _check(project, email)
    return project.model_copy(update={"members": tuple(one for one in project.members if one.email != email)})


def _check(project: Project, email: str) -> None:
    if not any(one.email == email for one in project.members):
        raise NotFound(f"{email[:320]} is no member of this project")
