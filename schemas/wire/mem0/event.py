"""Mem0's event: what became of an add, an update or a deletion, and the results that adds answer with."""

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas.receipt import Action, Receipt, Verdict

_TYPES = {"messages.received": "ADD", "memories.edited": "UPDATE", "memories.forgotten": "DELETE"}


class ResultData(BaseModel):
    memory: str
    """What the memory says, or said."""


class Result(BaseModel):
    """What happened to one memory, as a list of memories shows it: it appeared, changed, or went away."""

    id: str
    data: ResultData
    event: Literal["ADD", "UPDATE", "DELETE"]


class EventObject(BaseModel):
    """Times are ISO 8601 with offset."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    event_type: str
    """ADD, UPDATE or DELETE; the event's own name where it is none of them."""
    status: Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED"]
    payload: dict[str, Any]
    metadata: dict[str, Any] | None
    results: list[Result]
    verdicts: list[Verdict]
    """Not in Mem0: each candidate fact, what was decided about it and why, also where nothing was stored."""
    created_at: str
    updated_at: str
    started_at: str | None
    completed_at: str | None
    latency: float | None
    """Milliseconds from start to completion."""
    error: str | None


def event_object(receipt: Receipt) -> dict[str, Any]:
    """The fields of an EventObject."""
    started, completed = receipt.started_at or receipt.created_at, receipt.completed_at
    return {
        "id": receipt.event_id,
        "event_type": _TYPES.get(receipt.kind, receipt.kind),
        "status": receipt.status.value,
        "payload": {},
        "metadata": None,
        "results": results(receipt.verdicts),
        "verdicts": [verdict.model_dump(mode="json") for verdict in receipt.verdicts],
        "created_at": receipt.created_at.isoformat(),
        "updated_at": receipt.updated_at.isoformat(),
        "started_at": receipt.started_at.isoformat() if receipt.started_at else None,
        "completed_at": completed.isoformat() if completed else None,
        "latency": round((completed - started).total_seconds() * 1000, 3) if completed else None,
        "error": receipt.error,
    }


def results(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """The results of an event. A correction is a memory that appeared and each corrected one gone; it appears once."""
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for verdict in verdicts:
        for memory_id, text, event in _effects(verdict):
            if memory_id is not None:
                seen.setdefault((memory_id, event), {"id": memory_id, "data": {"memory": text}, "event": event})
    return list(seen.values())


def _effects(verdict: Verdict) -> list[tuple[str | None, str, str]]:
    match verdict.action:
        case Action.ADD:
            return [(verdict.memory_id, verdict.text, "ADD")]
        case Action.UPDATE | Action.MERGE:
            return [(verdict.memory_id, verdict.text, "UPDATE")]
        case Action.SUPERSEDE:
            return [(verdict.memory_id, verdict.text, "ADD"), (verdict.previous_id, verdict.previous_text or "", "DELETE")]
        case Action.DELETE:
            return [(verdict.memory_id, verdict.text, "DELETE")]
    return []
