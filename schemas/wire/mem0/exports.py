"""Mem0's exports: a schema and filters in, an object of that shape out."""

import json
from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from schemas.errors import BadInput
from schemas.ids import is_uuid, new_id
from schemas.search import EVERYTHING, Filter, both
from schemas.shape import Shape, read_schema
from schemas.wire.mem0.conditions import ENTITIES
from schemas.wire.mem0.filters import parse_filters, parse_literal
from schemas.wire.mem0.requests import EntityIds

_INSTRUCTIONS_MAX = 10_000


class _Filtered(EntityIds):
    filters: dict[str, Any] | str | None = None
    """Which memories: see the filter grammar in Mem0's documentation; all where absent."""


class ExportRequest(_Filtered):
    schema_: Annotated[dict[str, Any] | str, Field(alias="schema")]
    """JSON Schema of an object, or its text."""
    export_instructions: Annotated[str, StringConstraints(max_length=_INSTRUCTIONS_MAX)] | None = None
    """Guidelines, followed where a language model is configured."""


class ExportedRequest(_Filtered):
    memory_export_id: str | None = None
    """Which export; without it the newest with these filters."""


class ExportCreated(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    message: str
    id: str


def shape_of(request: ExportRequest, owner: str, now: datetime) -> Shape:
    """The order. Raises BadInput: a schema that won't do, or filters outside the grammar."""
    schema: object = request.schema_
    if isinstance(schema, str):
        try:
            schema = json.loads(schema)
        except (ValueError, RecursionError):
            raise BadInput("schema: must be JSON", fields={"schema": ["must be JSON"]}) from None
    instructions = request.export_instructions
    return Shape(id=new_id(), owner=owner, where=where_of(request), schema_=read_schema(schema), instructions=instructions, created_at=now)


def where_of(request: _Filtered) -> Filter:
    """Filters and entity ids, ANDed."""
    filters = parse_literal(request.filters) if isinstance(request.filters, str) else request.filters
    named = {key: value for key in ENTITIES if (value := getattr(request, key))}
    parts = [parse_filters(given) for given in (filters, named) if given]
    return both(*parts) if parts else EVERYTHING


def export_id(request: ExportedRequest) -> str | None:
    """Which export is asked for by id, if any. Raises BadInput."""
    if request.memory_export_id is not None and not is_uuid(request.memory_export_id):
        raise BadInput("memory_export_id must be a UUID", fields={"memory_export_id": ["must be a UUID"]})
    return request.memory_export_id


def created(shape: Shape) -> dict[str, str]:
    """As `ExportCreated`."""
    return {"message": "Memory export request received. The export will be ready in a few seconds.", "id": shape.id}
