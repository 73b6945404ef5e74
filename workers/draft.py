"""Draft: a candidate fact on its way to becoming a memory. Prepared: all that can be known of an event beside its order."""

from datetime import datetime

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict

from schemas.memory import MemoryType
from schemas.receipt import Verdict

Vectors = NDArray[np.float32]


class Draft(BaseModel):
    """One candidate fact. `ordinal` is its place in the event: with the event's id it gives the memory's id."""

    model_config = ConfigDict(frozen=True)

    ordinal: int
    text: str
    type: MemoryType = MemoryType.FACT
    confidence: float = 1.0
    speaker: str | None = None
    said_at: datetime
    verbatim: bool = False
    """Stored word for word: only an exact repetition is a duplicate, and it corrects nothing."""
    source: tuple[str, str] = ("user", "")
    """(role, content) of the message it came from, cut to a bound."""
    categories: tuple[str, ...] = ()


class Extracted(BaseModel):
    """What the extract and classify stages found: JSON, so that a retry need not pay for them again."""

    drafts: tuple[Draft, ...] = ()
    rejected: tuple[Verdict, ...] = ()
    """What was left out, and why."""
