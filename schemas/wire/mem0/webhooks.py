"""Mem0's webhooks: what clients send and read, and what is delivered."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.errors import BadInput
from schemas.lifecycle import LifecycleEvent, LifecycleKind
from schemas.webhook import Delivery, Webhook

EventType = Literal[
    "memory_add",
    "memory_update",
    "memory_delete",
    "memory_categorize",
    "ingest_job_completed",
    "ingest_job_partially_completed",
    "ingest_job_failed",
    "ingest_job_cancelled",
]
_TYPES: dict[LifecycleKind, tuple[str, str]] = {
    LifecycleKind.ADDED: ("memory_add", "ADD"),
    LifecycleKind.RESTORED: ("memory_add", "ADD"),
    LifecycleKind.UPDATED: ("memory_update", "UPDATE"),
    LifecycleKind.SUPERSEDED: ("memory_delete", "DELETE"),
    LifecycleKind.ARCHIVED: ("memory_delete", "DELETE"),
    LifecycleKind.DELETED: ("memory_delete", "DELETE"),
    LifecycleKind.DONE: ("ingest_job_completed", "INGEST_JOB_COMPLETED"),
    LifecycleKind.FAILED: ("ingest_job_failed", "INGEST_JOB_FAILED"),
}
"""What a list of memories shows of it, as in their history: one appears, changes, or goes away."""
_INGEST = "messages.received"
_PORT_MAX = 65_535


def _url(text: str) -> str:
    address(text)
    return text


Url = Annotated[str, Field(min_length=1, max_length=2_000), AfterValidator(_url)]
Name = Annotated[str, Field(min_length=1, max_length=200)]
EventTypes = Annotated[list[EventType], Field(min_length=1, max_length=16)]


class CreateWebhook(BaseModel):
    """Where to send what."""

    url: Url
    name: Name
    event_types: EventTypes


class UpdateWebhook(BaseModel):
    """What is given is changed."""

    url: Url | None = None
    name: Name | None = None
    event_types: EventTypes | None = None


class WebhookObject(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    webhook_id: str
    name: str
    url: str
    event_types: list[str]
    owner: str
    is_active: bool
    project: str
    created_at: str
    updated_at: str


class CreatedWebhook(WebhookObject):
    secret: str
    """Not in Mem0: signs the deliveries. It is shown this once."""


class DeliveryObject(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    event_type: str
    status: Literal["waiting", "delivered", "failed"]
    attempts: int
    status_code: int | None
    """Of the last answer."""
    error: str | None
    created_at: str
    last_attempt_at: str | None
    next_attempt_at: str | None
    payload: dict[str, Any]


class DeliveryList(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    waiting: int
    """Not delivered yet, those that wait behind others about the same memory among them."""
    dropped: int
    """Not made, because too many waited."""
    results: list[DeliveryObject]
    """Those whose turn it is first, then those that are over, the newest first."""


def address(url: str) -> tuple[str, int]:
    """Host and port. Raises BadInput for what is no http(s) URL, or has a name and password in it."""
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = parts.hostname or ""
    except ValueError:
        raise BadInput("url: it is no URL") from None
    if parts.scheme not in ("http", "https") or not host or not 0 < port <= _PORT_MAX or not (url.isascii() and url.isprintable()):
        raise BadInput("url: an http or https URL is needed, in ASCII")
    if parts.username is not None or parts.password is not None or parts.fragment or " " in url:
        raise BadInput("url: it may hold no name, password, fragment or space")
    return host, port


def webhook_object(webhook: Webhook) -> dict[str, Any]:
    """The fields of a WebhookObject."""
    return {
        "webhook_id": webhook.id,
        "name": webhook.name,
        "url": webhook.url,
        "event_types": list(webhook.event_types),
        "owner": webhook.owner,
        "is_active": True,
        "project": webhook.project,
        "created_at": webhook.created_at.isoformat(),
        "updated_at": webhook.updated_at.isoformat(),
    }


def delivery_object(delivery: Delivery) -> dict[str, Any]:
    """The fields of a DeliveryObject."""
    return {
        "id": delivery.id,
        "event_type": delivery.type,
        "status": delivery.status,
        "attempts": delivery.attempts,
        "status_code": delivery.answer,
        "error": delivery.error,
        "created_at": delivery.created_at.isoformat(),
        "last_attempt_at": delivery.tried_at and delivery.tried_at.isoformat(),
        "next_attempt_at": delivery.next_at and delivery.next_at.isoformat(),
        "payload": delivery.body,
    }


def bodies(event: LifecycleEvent) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """(event type, body) of each delivery that a lifecycle event stands for."""
    if event.memory_id is None:
        if event.event_kind == _INGEST:
            yield _of_job(event)
        return
    kind, word = _TYPES[event.kind]
    text = event.content if event.content is not None else event.old_content
    yield kind, _details(event, {"id": event.memory_id, "data": {"memory": text}, "event": word})
    if word == "ADD" and event.categories:
        yield "memory_categorize", _details(event, {"event": "CATEGORIZE", "memory_id": event.memory_id, "categories": event.categories})


def _of_job(event: LifecycleEvent) -> tuple[str, Mapping[str, Any]]:
    kind, word = _TYPES[event.kind]
    outcome = {"error": event.reason} if event.kind is LifecycleKind.FAILED else {"counts": event.counts}
    return kind, _details(event, {"id": event.event_id, "event": word, **outcome})


def _details(event: LifecycleEvent, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Mem0's fields, and beside them whose it is and when."""
    whose = {name: value for name in ("user_id", "agent_id", "app_id", "run_id") if (value := getattr(event, name)) is not None}
    return {"event_details": {**fields, **whose, "event_id": event.event_id, "timestamp": event.at.isoformat()}}
