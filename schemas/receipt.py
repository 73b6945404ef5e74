"""Receipt: what became of an accepted event, fact by fact, and why."""

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class Action(StrEnum):
    ADD = "ADD"
    """A new memory."""
    UPDATE = "UPDATE"
    """An existing memory says it now (a client's edit, or the same fact in more detail)."""
    SUPERSEDE = "SUPERSEDE"
    """A new memory that corrects `previous_id`."""
    MERGE = "MERGE"
    """Folded into an existing memory that says the same."""
    NONE = "NONE"
    """Nothing was stored; the reason says why."""
    DELETE = "DELETE"


class Verdict(BaseModel):
    """What was decided about one candidate fact."""

    model_config = ConfigDict(frozen=True)

    action: Action
    text: str = ""
    reason: str = ""
    memory_id: str | None = None
    previous_id: str | None = None
    previous_text: str | None = None
    type: str | None = None


class ReceiptStatus(StrEnum):
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"

    @property
    def closed(self) -> bool:
        return self in (ReceiptStatus.SUCCEEDED, ReceiptStatus.FAILED)


class Receipt(BaseModel):
    """An event's receipt. Lives from acceptance until `receipt_ttl_s` after it is closed."""

    model_config = ConfigDict(frozen=True)

    event_id: str
    owner: str
    kind: str
    subject: str | None = None
    """Whose words its verdicts hold (`Scope.subject`), once it is closed; None in receipts of older versions."""
    status: ReceiptStatus = ReceiptStatus.PENDING
    verdicts: tuple[Verdict, ...] = ()
    error: str | None = None
    attempts: int = 0
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
