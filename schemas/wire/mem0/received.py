"""Mem0's add, as the event it stands for."""

from datetime import datetime
from typing import Any

from schemas.errors import BadInput
from schemas.event import MessagesReceived
from schemas.ids import event_id, new_id
from schemas.scope import Scope
from schemas.wire.mem0.conditions import ANY, ENTITIES, entity_name
from schemas.wire.mem0.filters import bad_filter
from schemas.wire.mem0.messages import spoken
from schemas.wire.mem0.requests import AddRequest


def received(request: AddRequest, owner: str, now: datetime, *, idempotency_key: str | None = None) -> MessagesReceived:
    """The event. With an idempotency key its id is derived: sent again, it is the same event. Raises BadInput."""
    infer = request.infer is not False
    scope = scope_of(request, owner)
    return MessagesReceived(
        id=event_id(owner, idempotency_key) if idempotency_key else new_id(),
        scope=scope,
        occurred_at=now,
        messages=spoken(request.messages, infer=infer),
        infer=infer,
        metadata=request.metadata,
        said_at=request.timestamp,
        expires_at=request.expiration_date,
        immutable=bool(request.immutable),
        includes=request.includes or None,
        excludes=request.excludes or None,
        categories=_categories(request.custom_categories),
        instructions=_instructions(request, scope),
    )


def scope_of(request: AddRequest, owner: str) -> Scope:
    """Whose the memories are: entity ids at the top level or in `filters`; there must be one, and they must agree."""
    names: dict[str, str] = {}
    for key, name in (*_top_level(request), *_in_filters(request.filters)):
        if name == ANY:
            raise BadInput(f"{key} must not be {ANY!r}: it stands for any id in filters", fields={key: [f"must not be {ANY!r}"]})
        if names.setdefault(ENTITIES[key], name) != name:
            raise BadInput(f"{key} differs from the one in filters", fields={key: ["differs from the one in filters"]})
    if not names:
        wanted = f"one of {', '.join(ENTITIES)} is required"
        raise BadInput(wanted, fields={"user_id": [wanted]})
    return Scope(owner=owner, user=names.get("user"), agent=names.get("agent"), app=names.get("app"), run=names.get("run"))


def _top_level(request: AddRequest) -> list[tuple[str, str]]:
    return [(key, name) for key in ENTITIES if (name := getattr(request, key)) is not None]


def _in_filters(filters: dict[str, Any] | None) -> list[tuple[str, str]]:
    found = []
    for key, value in (filters or {}).items():
        if key not in ENTITIES:
            raise bad_filter(f"filters of an add know only {', '.join(ENTITIES)}, not {key!r}")
        try:
            found += [(key, entity_name(value))] if value is not None else []
        except ValueError as error:
            raise bad_filter(f"{key} {error}") from None
    return found


def _categories(given: list[dict[str, Any]] | dict[str, Any] | None) -> dict[str, str] | None:
    if given is None:
        return None
    named = {name: about for one in (given if isinstance(given, list) else [given]) for name, about in one.items()}
    if not all(isinstance(about, str) for about in named.values()):
        problem = "takes a list of {name: description} with text for both"
        raise BadInput(f"custom_categories {problem}", fields={"custom_categories": [problem]})
    return named or None


def _instructions(request: AddRequest, scope: Scope) -> str | None:
    of_agent = request.agent_custom_instructions if scope.agent and not scope.user else None
    return of_agent or request.custom_instructions or None
