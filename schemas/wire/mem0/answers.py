"""Mem0's answers to adds, searches, changes and deletions, and its ping."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from schemas.receipt import Action, Receipt
from schemas.wire.mem0.event import Result, results
from schemas.wire.mem0.memory import FoundMemory

WRAPPED = "v1.1"
"""The `output_format` that wraps lists in {"results": ...}."""
_ON_ITS_WAY = "Memory processing has been queued for background execution"


class Accepted(BaseModel):
    """v3: the answer to an add. `results` are there once the outcome is, with infer=false at once."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    message: str
    status: Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED"]
    event_id: str
    """Ask GET /v1/event/{event_id}/ what became of it."""
    results: list[Result] | None = None


class Added(BaseModel):
    """v1 with output_format v1.1."""

    results: list[Result] | list[Accepted]
    relations: list[Any] = []


class Found(BaseModel):
    results: list[FoundMemory]


class FoundV1(Found):
    """v1 with output_format v1.1."""

    relations: list[Any] = []


class Done(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    message: str
    event_id: str | None = None
    """What tells of it; where it took several events, the first."""


class Deleted(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    message: str
    cascade_count: int | None = None
    """With delete_linked: how many others went."""


class Pong(BaseModel):
    status: Literal["ok"] = "ok"
    org_id: str
    project_id: str
    user_email: str | None = None


def accepted(receipt: Receipt) -> dict[str, Any]:
    """The fields of an Accepted."""
    answer = {"message": _ON_ITS_WAY, "status": receipt.status.value, "event_id": receipt.event_id}
    return answer | {"message": "Memories processed", "results": results(receipt.verdicts)} if receipt.status.closed else answer


def added_v1(receipt: Receipt, output_format: str | None, *, awaited: bool = True) -> dict[str, Any] | list[dict[str, Any]]:
    """v1: the results of a closed receipt, or the event still on its way; wrapped in v1.1.

    An add that is not `awaited` is told its event in any case: sent again after its answer was lost, it may be closed already.
    """
    rows = results(receipt.verdicts) if receipt.status.closed and awaited else [accepted(receipt)]
    return {"results": rows, "relations": []} if output_format == WRAPPED else rows


def done(message: str, receipts: Sequence[Receipt]) -> dict[str, Any]:
    """The fields of a Done."""
    return {"message": message, "event_id": receipts[0].event_id} if receipts else {"message": message}


def deleted(receipts: Iterable[Receipt]) -> set[str | None]:
    """The ids of the memories that these deletions took."""
    return {verdict.memory_id for receipt in receipts for verdict in receipt.verdicts if verdict.action is Action.DELETE}
