"""Entering: which of an account's projects a request is about. From there on its owner is the project's pool."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, cast

from fastapi import Request

from core.auth import acts_as, authenticated
from core.resources import Resources
from core.web.body import sent
from schemas.errors import BadInput, NotFound
from schemas.project import HOME, organisation, place_of, pool_of


async def entered(request: Request) -> None:
    """Dependency of whole routers: the caller becomes the project's owner, by `org_id` and `project_id` in path, query or body.

    Raises NotFound for an organisation or a project that is not the key's: nobody is shown one project's memories for another's.
    """
    principal = await authenticated(request)
    account, home = place_of(principal.owner)
    named, project = _named(request, "org_id"), _named(request, "project_id") or home
    if named not in (None, account, organisation(account)):
        raise NotFound(f"this key opens no organisation {named!r}: leave org_id out, or say {organisation(account)!r}")
    if project != home and (home != HOME or not await _exists(request, account, project)):
        raise NotFound(f"this key opens no project {project!r}: leave project_id out, or say {home!r}")
    acts_as(request, replace(principal, owner=pool_of(account, project)))


async def _exists(request: Request, account: str, project: str) -> bool:
    resources = cast(Resources, request.app.state.resources)
    return await resources.projects.find(account, project) is not None


def _named(request: Request, field: str) -> str | None:
    """What the request says of the field, wherever it says it. Raises BadInput for two different things, or for none that is a name."""
    found = {value for value in _values(request, field) if value not in (None, "")}
    if not all(isinstance(value, str) for value in found):
        raise BadInput(f"{field} must be a string", fields={field: ["must be a string"]})
    if len(found) > 1:
        raise BadInput(f"{field} is given twice, and differently", fields={field: ["is given twice, and differently"]})
    return next(iter(found), None)


def _values(request: Request, field: str) -> Iterator[Any]:
    yield request.path_params.get(field)
    yield from request.query_params.getlist(field)
    body = sent(request)
    value = body.get(field) if isinstance(body, dict) else None
    yield str(type(value)) if isinstance(value, dict | list) else value
