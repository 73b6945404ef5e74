"""Mem0's feedback on a memory: what its clients send, and what they read."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from schemas.memory import Feedback

REASON_MAX_CHARS = 2_000


def _upper(value: Any) -> Any:
    """Clients say it in capitals, people as they please; an empty text is none."""
    return (value.strip().upper() or None) if isinstance(value, str) else value


class FeedbackRequest(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, use_attribute_docstrings=True)

    memory_id: str
    feedback: Annotated[Feedback | None, BeforeValidator(_upper)] = None
    """POSITIVE, NEGATIVE or VERY_NEGATIVE; null takes back what was given."""
    feedback_reason: Annotated[str, Field(max_length=REASON_MAX_CHARS)] | None = None
    """Why; kept with it."""


class FeedbackObject(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    """The memory's."""
    feedback: Feedback | None
    feedback_reason: str | None
