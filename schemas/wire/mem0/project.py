"""Mem0's organisations, projects and their members: what clients send, and what they read."""

from collections.abc import Mapping
from typing import Annotated, Any

import orjson
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from schemas.errors import BadInput
from schemas.project import HOME, Member, Project, ProjectSettings, Role, organisation

CATEGORIES_MAX = 100
MEMBERS_MAX = 200
SETTINGS_MAX_BYTES = 65_536
"""Largest settings of a project, as JSON: every add carries them."""

Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=10_000)]
CategoryName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Description = Annotated[str, StringConstraints(max_length=1_000)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=320, pattern=r"^[^@\\s]+@[^@\\s]+$")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)


class CreateProject(_Request):
    name: Name
    description: Description | None = None


def _not_null(value: str | None) -> str:
    if value is None:
        raise ValueError("must not be null")
    return value


class UpdateProject(_Request):
    """Only what is given is changed; null and an empty text or list clear."""

    name: Annotated[Name | None, AfterValidator(_not_null)] = None
    description: Description | None = None
    custom_instructions: Text | None = None
    """Guidelines for extraction, followed where a language model is configured. Of a later add that has none of its own."""
    agent_custom_instructions: Text | None = None
    """The same, of adds that name an agent and no user."""
    custom_categories: Annotated[list[CategoryName | dict[CategoryName, Description]], Field(max_length=CATEGORIES_MAX)] | None = None
    """Names, or {name: description}; they replace the default categories."""
    inclusion_prompt: Text | None = None
    """`includes` of adds that have none: keep only what is about this."""
    exclusion_prompt: Text | None = None
    """`excludes` of adds that have none: leave out what is about this."""
    multilingual: bool | None = None
    """Kept and given back, as all that follow; memories are always in the language of what was said."""
    decay: bool | None = None
    memory_depth: Text | None = None
    usecase_setting: Text | None = None
    retrieval_criteria: Annotated[list[dict[str, Any]], Field(max_length=50)] | None = None
    enable_graph: bool | None = None
    version: Annotated[str, Field(max_length=100)] | None = None


class AddMember(_Request):
    email: Email
    role: Role = "READER"


class UpdateMember(_Request):
    email: Email
    role: Role


class MemberObject(BaseModel):
    email: str
    username: str
    role: Role


class Members(BaseModel):
    members: list[MemberObject]


class OrganisationObject(BaseModel):
    org_id: str
    name: str
    user_role: Role


class ProjectObject(BaseModel):
    """Times are ISO 8601 with offset."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    project_id: str
    org_id: str
    name: str
    description: str | None
    created_at: str
    updated_at: str
    members: list[MemberObject]
    is_default: bool
    """Its memories are those that the key reads and writes where no project is named."""
    user_role: Role
    custom_instructions: str | None
    agent_custom_instructions: str | None
    custom_categories: list[str | dict[str, str]] | None
    inclusion_prompt: str | None
    exclusion_prompt: str | None
    multilingual: bool | None
    decay: bool | None
    memory_depth: str | None
    usecase_setting: str | None
    retrieval_criteria: list[dict[str, Any]] | None
    enable_graph: bool | None
    version: str | None


class CreatedProject(ProjectObject):
    message: str


def updated(project: Project, request: UpdateProject) -> Project:
    """The project with what the request gives. Raises BadInput where that is nothing, or too much."""
    given = {name: getattr(request, name) for name in request.model_fields_set}
    if not given:
        raise BadInput(f"nothing to update: give some of {', '.join(UpdateProject.model_fields)}", fields={"body": ["nothing to update"]})
    of_project: dict[str, Any] = {name: given.pop(name) or None for name in ("name", "description") if name in given}
    settings = project.settings.model_copy(update={name: _kept(value) for name, value in given.items()})
    if len(orjson.dumps(settings.model_dump(mode="json"))) > SETTINGS_MAX_BYTES:
        raise BadInput(f"the settings of a project may have at most {SETTINGS_MAX_BYTES} bytes")
    if len(settings.categories or ()) > CATEGORIES_MAX:
        problem = f"at most {CATEGORIES_MAX}"
        raise BadInput(f"custom_categories: {problem}", fields={"custom_categories": [problem]})
    return project.model_copy(update={**of_project, "settings": settings})


def _kept(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value) or None
    return None if value == "" else value


def project_object(project: Project) -> dict[str, Any]:
    """The fields of a ProjectObject."""
    return {
        "id": project.id,
        "project_id": project.id,
        "org_id": organisation(project.account),
        "name": project.name,
        "description": project.description,
        "created_at": project.created_at.isoformat(),
        "updated_at": project.updated_at.isoformat(),
        **members_object(project),
        "is_default": project.id == HOME,
        "user_role": "OWNER",
        **_settings(project.settings),
    }


def _settings(settings: ProjectSettings) -> Mapping[str, Any]:
    return settings.model_dump(mode="json")


def members_object(project: Project) -> dict[str, Any]:
    """The fields of Members."""
    return {"members": [{"email": one.email, "username": one.email, "role": one.role} for one in project.members]}


def with_member(project: Project, email: str, role: Role) -> Project:
    """The project with this member, in this role. Raises BadInput over MEMBERS_MAX."""
    others = [one for one in project.members if one.email != email]
    if len(others) >= MEMBERS_MAX:
        raise BadInput(f"a project lists at most {MEMBERS_MAX} members", fields={"email": [f"at most {MEMBERS_MAX} members"]})
    return project.model_copy(update={"members": (*others, Member(email=email, role=role))})
