"""Mem0's profiles: their settings, the jobs that make them, and what clients read."""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.errors import BadInput
from schemas.ids import event_id, new_id
from schemas.maintenance import Job, Order, Run, RunStatus
from schemas.profile import Profile, ProfileSettings, ProfileStatus
from schemas.profile_schema import fields_of
from schemas.wire.mem0.requests import EntityId

SAMPLE, SAMPLE_MAX = 5, 10
_TOLERATED = {"org_id", "project_id", "source", "capabilities"}
_FLAT = ("enabled", "entities")
_OF_USER = ("schema", "custom_instructions")
_INSTRUCTIONS_MAX = 10_000
_STATES = {RunStatus.INTERRUPTED: "running"}


class JobRequest(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    operation: Literal["trigger", "sample"]
    """trigger makes one user's profile, sample those of a few users."""
    entity_type: Literal["user"]
    entity_id: EntityId | None = None
    """Whose profile to make; of trigger."""
    limit: Annotated[int, Field(ge=1, le=SAMPLE_MAX)] | None = None
    """How many users to sample; 5 where absent."""


class JobCreated(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    job_id: str
    status: str
    status_url: str
    operation: str
    entity_type: str
    entity_count_reserved: int
    event_id: str | None
    replayed: bool
    """The same Idempotency-Key was sent before: this is its job."""
    sampled: int | None = None
    entity_ids: list[str] | None = None


class JobObject(BaseModel):
    id: str
    operation: str
    entity_type: str
    status: str
    total: int
    enumeration_complete: bool
    completed: int
    succeeded: int
    failed: int
    skipped: int
    error: str | None


class JobState(BaseModel):
    job: JobObject


class SettingsOfUser(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    user_schema: Annotated[dict[str, Any] | None, Field(alias="schema")] = None
    """JSON Schema of an object, every property with a description."""
    custom_instructions: Annotated[str, StringConstraints(max_length=_INSTRUCTIONS_MAX)] | None = None
    """Guidelines, followed where a language model is configured."""


class SettingsObject(BaseModel):
    enabled: bool
    entities: dict[str, SettingsOfUser]
    capabilities: dict[str, bool]


class ProfileObject(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    profile: dict[str, Any]
    """Shaped by the schema; empty unless it succeeded."""
    status: ProfileStatus
    entity_type: str
    entity_id: str
    updated_at: str | None
    generation_count: int
    error: str | None


def configured(settings: ProfileSettings, body: Mapping[str, Any]) -> ProfileSettings:
    """The settings with what the body gives; null clears. Raises BadInput for anything it does not know, or a schema that won't do."""
    if unknown := sorted(set(body) - {*_FLAT, *_TOLERATED}):
        raise BadInput(f"Unsupported settings: {', '.join(unknown)}", fields={name: ["is not known here"] for name in unknown})
    changes: dict[str, Any] = {}
    if body.get("enabled") is not None:
        if not isinstance(body["enabled"], bool):
            raise BadInput("enabled must be true or false", fields={"enabled": ["must be true or false"]})
        changes["enabled"] = body["enabled"]
    given = _of_user(body.get("entities") or {})
    if "schema" in given:
        if given["schema"] is not None:
            fields_of(given["schema"])
        changes["user_schema"] = given["schema"]
    if "custom_instructions" in given:
        changes["custom_instructions"] = _instructions(given["custom_instructions"])
    return settings.model_copy(update=changes)


def _of_user(entities: object) -> Mapping[str, Any]:
    if not isinstance(entities, Mapping) or set(entities) - {"user"}:
        raise BadInput("entities knows only user", fields={"entities": ["knows only user"]})
    given = entities.get("user") or {}
    if not isinstance(given, Mapping) or set(given) - set(_OF_USER):
        problem = f"takes {' and '.join(_OF_USER)}"
        raise BadInput(f"entities.user {problem}", fields={"entities": [problem]})
    return given


def _instructions(given: object) -> str | None:
    if given is not None and not (isinstance(given, str) and len(given) <= _INSTRUCTIONS_MAX):
        problem = f"must be a text of up to {_INSTRUCTIONS_MAX} characters"
        raise BadInput(f"custom_instructions {problem}", fields={"custom_instructions": [problem]})
    return given or None


def settings_object(settings: ProfileSettings) -> dict[str, Any]:
    """The fields of a SettingsObject."""
    of_user = {"schema": settings.user_schema, "custom_instructions": settings.custom_instructions}
    return {"enabled": settings.enabled, "entities": {"user": of_user}, "capabilities": {"full_rebuild": False}}


def job_id(owner: str, idempotency_key: str | None) -> str:
    return event_id(owner, f"profile-job/{idempotency_key}") if idempotency_key else new_id()


def order_of(request: JobRequest, owner: str, users: tuple[str, ...]) -> Order:
    return Order(job=Job.PROFILES, owner=owner, users=users, sampled=request.operation == "sample")


def job_created(run: Run, *, replayed: bool) -> dict[str, Any]:
    """The fields of a JobCreated."""
    users = run.order.users
    sample = {"sampled": len(users), "entity_ids": list(users)} if run.order.sampled else {}
    return {
        "job_id": run.id,
        "status": _state(run),
        "status_url": f"/v2/profiles/jobs/{run.id}/",
        "operation": _operation(run),
        "entity_type": "user",
        "entity_count_reserved": len(users),
        "event_id": None,
        "replayed": replayed,
        **sample,
    }


def job_object(run: Run) -> dict[str, Any]:
    """The fields of a JobObject."""
    counts = {name: run.report.counts.get(name, 0) for name in ("succeeded", "failed", "skipped")}
    return {
        "id": run.id,
        "operation": _operation(run),
        "entity_type": "user",
        "status": _state(run),
        "total": len(run.order.users),
        "enumeration_complete": True,
        "completed": sum(counts.values()),
        **counts,
        "error": run.error,
    }


def _operation(run: Run) -> str:
    return "sample" if run.order.sampled else "trigger"


def _state(run: Run) -> str:
    return _STATES.get(run.status, run.status.value)


def profile_object(profile: Profile) -> dict[str, Any]:
    """The fields of a ProfileObject."""
    return {
        "profile": profile.fields if profile.status == "succeeded" else {},
        "status": profile.status,
        "entity_type": "user",
        "entity_id": profile.user,
        "updated_at": profile.made_at.isoformat() if profile.made_at else None,
        "generation_count": profile.generation,
        "error": profile.error,
    }
