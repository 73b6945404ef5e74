"""Mem0's updates and deletions, as our edits and filters."""

from collections.abc import Iterable, Sequence
from typing import Any

from schemas.errors import BadInput
from schemas.event import MemoryEdit
from schemas.ids import is_uuid
from schemas.search import EVERYTHING, Condition, Filter, both
from schemas.wire.mem0.conditions import ANY, ENTITIES
from schemas.wire.mem0.filters import parse_filters, parse_literal, scopes
from schemas.wire.mem0.requests import UpdateRequest

_TOLERATED = {"org_id", "project_id", "source", "version", "api_version", "output_format", "async_mode"}
"""Sent by some clients, and no filter."""


def memory_id(text: str) -> str:
    """A memory's id as we write it. Raises BadInput for what is no UUID."""
    if not is_uuid(text):
        raise BadInput(f"memory_id must be a UUID, not {text[:100]!r}", fields={"memory_id": ["must be a UUID"]})
    return text.lower()


def edit_of(memory: str, request: UpdateRequest) -> MemoryEdit:
    """The edit: only what was given changes, and an expiration date given as null clears. Raises BadInput if nothing was."""
    fields: dict[str, Any] = {"content": request.text, "metadata": request.metadata, "said_at": request.timestamp}
    fields = {name: value for name, value in fields.items() if value is not None}
    if "expiration_date" in request.model_fields_set:
        fields["expires_at"] = request.expiration_date
    if not fields:
        raise BadInput("at least one of text, metadata, timestamp or expiration_date is required", fields={"text": ["is required"]})
    if not fields.get("content", "-").strip():
        raise BadInput("text must not be empty", fields={"text": ["must not be empty"]})
    return MemoryEdit(memory_id=memory_id(memory), **fields)


def deletion_of(params: Sequence[tuple[str, str]]) -> Filter:
    """What `delete_all` with these query parameters takes.

    Nothing is guessed: a parameter that is unknown, empty, given twice or unreadable might have narrowed it, and raises BadInput;
    so does a filter that names no entity. Only "*" for all four ids means everything.
    """
    terms: dict[str, Any] = {}
    for key, value in params:
        if key in _TOLERATED:
            continue
        if key in terms or not value.strip():
            raise _bad(key, "must be given once and not be empty")
        terms[key] = _term(key, value)
    return _all_of(terms)


def entity_of(kind: str, name: str) -> Condition:
    """The filter for all memories of one entity; `kind` is user, agent, app or run. Raises BadInput."""
    if kind not in ENTITIES.values():
        raise _bad("entity_type", f"must be one of {', '.join(ENTITIES.values())}, not {kind[:100]!r}")
    if not name:
        raise _bad("entity_id", "must not be empty")
    return Condition(field=kind, value=name)


def _term(key: str, value: str) -> Any:
    if key in ENTITIES:
        return value
    if key in ("filters", "metadata"):
        return parse_literal(value)
    raise _bad(key, f"is not known here; allowed are {', '.join(ENTITIES)}, metadata and filters")


def _all_of(terms: dict[str, Any]) -> Filter:
    if not terms:
        raise BadInput(f"at least one of {', '.join(ENTITIES)} is required", fields={"filters": ["are required"]})
    if terms == dict.fromkeys(ENTITIES, ANY):
        return EVERYTHING
    groups = [terms.pop("filters")] if "filters" in terms else []
    where = both(*map(parse_filters, [terms, *groups] if terms else groups))
    if not scopes(where):
        raise _bad("filters", f"must name at least one of {', '.join(ENTITIES)}")
    return where


def _bad(field: str, problem: str) -> BadInput:
    return BadInput(f"{field} {problem}", fields={field: [problem]})


def known(memory_ids: Iterable[str]) -> list[str]:
    """The ids of a batch, each once, in order. Raises BadInput for what is no UUID."""
    return list(dict.fromkeys(map(memory_id, memory_ids)))
