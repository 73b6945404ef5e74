"""The built-in answerer: replies without a language model, by saying again what is remembered. Pure, and for English."""

from query.answerer.compose import Answered, answer
from query.answerer.english import looked_for

__all__ = ["Answered", "answer", "looked_for"]
