"""Webhook: where an owner wants to be told of what happens, and each delivery to it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from schemas.ids import new_id


class Webhook(BaseModel):
    """Kept as a record of its owner."""

    model_config = ConfigDict(frozen=True)

    id: str = Field(default_factory=new_id)
    owner: str
    project: str
    name: str
    url: str
    event_types: tuple[str, ...]
    """Mem0's names: memory_add, memory_update, ..."""
    secret: str = Field(repr=False)
    """Signs its deliveries; shown once."""
    created_at: datetime
    updated_at: datetime


class DeliveryStatus(StrEnum):
    WAITING = "waiting"
    """Not tried yet, behind another about the same memory, or to be tried again."""
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up; it can be sent again by hand."""


class Delivery(BaseModel):
    """One body on its way to one webhook. Sent again, it has the same id."""

    model_config = ConfigDict(frozen=True)

    id: str
    """Derived from webhook, lifecycle event and type: what happened twice is delivered once."""
    type: str
    about: str
    """The memory, or the accepted event: deliveries about the same come in order."""
    body: dict[str, Any]
    user_id: str | None = None
    status: DeliveryStatus = DeliveryStatus.WAITING
    attempts: int = 0
    created_at: datetime
    since: datetime | None = None
    """When it was first due, or sent again by hand: from then on it is tried for `webhook_retry_s`."""
    tried_at: datetime | None = None
    next_at: datetime | None = None
    answer: int | None = None
    """HTTP status of the last try."""
    error: str | None = None
    """Why the last try failed."""
