"""The space vectors lie in: known from the settings alone, without opening a model."""

from typing import NamedTuple

from core.models.builtin.weights import DIMENSION, NAME
from core.settings import Settings
from schemas.errors import BadInput


class Space(NamedTuple):
    """Only vectors of one space can be compared: `model` made them, of `dimension` numbers each."""

    model: str
    dimension: int


def space_of(settings: Settings) -> Space:
    """The space of the embedder the settings name. Raises BadInput where they name only half of it."""
    if settings.embedding_model is None:
        return Space(NAME, DIMENSION)
    if settings.embedding_dimension is None:
        advice = "MNEME_EMBEDDING_MODEL and MNEME_EMBEDDING_DIMENSION, the length of its vectors, must be set together"
        raise BadInput(advice, fields={"MNEME_EMBEDDING_DIMENSION": [advice]})
    return Space(settings.embedding_model, settings.embedding_dimension)
