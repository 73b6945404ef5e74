"""Prompts: what the chat model is asked, and the shape of its answers. A changed prompt is a new version: see VERSION."""

import re
from importlib.resources import files
from typing import Annotated

from pydantic import BaseModel, Field, StringConstraints

from schemas.memory import MemoryType

VERSION = 1
"""Raised with every change of a prompt that may change answers."""


class Remembered(BaseModel):
    """One memory as the model gives it."""

    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]
    type: MemoryType
    confidence: float = Field(ge=0, le=1)
    message: int = Field(ge=0, description="Number of the message it comes from.")
    categories: list[str] = []


class ExtractionAnswer(BaseModel):
    """All that a conversation leaves behind."""

    memories: list[Remembered] = Field(max_length=200)
    nothing: str = Field("", description="Why there is nothing, where there is nothing.")


class SummaryAnswer(BaseModel):
    """One text in the place of several memories."""

    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000)]


def prompt(name: str, **values: str) -> str:
    """The prompt of that name (a file beside this one) with its {places} filled; braces in the values stay as they are."""
    text = (files(__package__) / f"{name}.md").read_text()
    return re.sub(r"\{(\w+)\}", lambda place: values[place[1]], text).strip()
