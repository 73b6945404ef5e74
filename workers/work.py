"""Work: what is kept of an unfinished event, so that the next try, perhaps elsewhere, goes on from the stage reached."""

from datetime import datetime

from pydantic import BaseModel

from workers.draft import Extracted
from workers.plan import PLAN, Plan


class Work(BaseModel):
    """JSON beside the event in Redis, deleted when its receipt is closed."""

    extracted: Extracted | None = None
    """Paid for with the chat model; not to be asked again."""
    plan: Plan | None = None
    """Decided, and perhaps already applied: to be applied as it is."""
    not_before: datetime | None = None
    """When the next try is due."""
    failures: int = 0
    """How often the event itself was at fault: waiting for what is away uses up none of its tries."""

    def dump(self) -> bytes:
        return self.model_dump_json(exclude_none=True).encode()

    @classmethod
    def load(cls, blob: bytes | None) -> "Work":
        return cls.model_validate_json(blob) if blob else cls()


def dump_plan(plan: Plan) -> bytes:
    """A decided event's work; the extraction is part of the plan by now."""
    return b'{"plan":' + PLAN.dump_json(plan) + b"}"
