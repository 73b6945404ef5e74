"""Erasure as our own API spells it."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas.erasure import UNVOUCHED, Erasure, Scan


class ErasureAnswer(BaseModel):
    """How far an erasure has come."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    status: Literal["accepted", "erased", "complete", "failed"]
    """accepted: durable, and to be carried out; erased: nothing of the user can be read any more; complete: no file holds it any
    more either, and all was looked through; failed: see `error`, and the dead letters."""
    accepted_at: datetime
    erased_at: datetime | None = None
    completed_at: datetime | None = None
    counts: dict[str, int] = {}
    """By place, what was found there and erased."""
    scan: Scan | None = None
    """What was looked through in the end."""
    clean: bool | None = None
    """Whether that has found nothing of the user."""
    unvouched: list[str]
    """What nobody here can look through."""
    error: str | None = None


def told(erasure: Erasure) -> dict[str, Any]:
    """The answer about an erasure that was carried out."""
    fields = erasure.model_dump(include={"id", "status", "accepted_at", "erased_at", "completed_at", "counts", "scan"})
    clean = None if erasure.scan is None else erasure.clean
    return _answer(**fields, clean=clean)


def on_its_way(event_id: str, accepted_at: datetime, error: str | None) -> dict[str, Any]:
    """The answer about one that was accepted, and has failed where there is an `error`."""
    return _answer(id=event_id, status="failed" if error else "accepted", accepted_at=accepted_at, error=error)


def _answer(**fields: Any) -> dict[str, Any]:
    return ErasureAnswer(**fields, unvouched=list(UNVOUCHED)).model_dump(mode="json")
