"""Mem0's summary: what clients read."""

from pydantic import BaseModel, ConfigDict


class SummaryObject(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    summary: str
    """Empty where nothing matches."""
    count: int
    """How many memories match."""
    memory_ids: list[str]
    """Those it rests on."""
    model: str
    """The chat model that wrote it, or built-in."""
