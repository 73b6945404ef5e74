"""Dialect: which paths speak it, and how it says that something went wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from schemas.errors import MnemeError, NotInTime

Spelling = tuple[int, Mapping[str, Any], Mapping[str, str]]
"""An error as a client reads it: HTTP status, JSON body, headers."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """`owns` is asked with the canonical path (one leading slash, none at the end); the first dialect that owns it spells its errors.

    Of a 500 the message is already without detail. `Retry-After` is added for every dialect from `retry_after_s`.
    """

    name: str
    owns: Callable[[str], bool]
    spell: Callable[[MnemeError], Spelling]


def plain(error: MnemeError) -> Spelling:
    """The spelling of paths that belong to no dialect."""
    body: dict[str, Any] = {"error": error.message}
    if isinstance(error, NotInTime):
        body["event_id"] = error.event_id
    return error.status, body, {}
