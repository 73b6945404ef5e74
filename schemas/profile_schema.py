"""Profile schema: the part of JSON Schema that profiles are described in, read into fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

import orjson

from schemas.errors import BadInput

Kind = Literal["string", "number", "integer", "boolean", "array", "object"]
SCHEMA_MAX_BYTES = 40_000
FIELDS_MAX = 50
_DEPTH_MAX = 4
_KINDS = ("string", "number", "integer", "boolean", "array", "object")


@dataclass(frozen=True, slots=True)
class Field:
    """One property. `fields` are those of an object, or of the objects in an array."""

    name: str
    description: str
    kind: Kind
    options: tuple[str, ...] = ()
    """The only texts there may be; none: any."""
    items: Kind = "string"
    """Of an array."""
    fields: tuple["Field", ...] = ()


def fields_of(schema: object) -> tuple[Field, ...]:
    """The fields of a schema. Raises BadInput naming the property that won't do."""
    if not isinstance(schema, Mapping):
        raise _bad("must be a JSON Schema object with properties")
    if len(orjson.dumps(schema)) > SCHEMA_MAX_BYTES:
        raise _bad(f"may have at most {SCHEMA_MAX_BYTES} bytes")
    return _properties(schema, "schema", 1)


def _properties(schema: Mapping[str, Any], place: str, depth: int) -> tuple[Field, ...]:
    properties = schema.get("properties")
    if schema.get("type", "object") != "object" or not isinstance(properties, Mapping) or not properties:
        raise _bad(f"{place} must be an object with properties")
    if len(properties) > FIELDS_MAX or depth > _DEPTH_MAX:
        raise _bad(f"{place} may have {FIELDS_MAX} properties, nested {_DEPTH_MAX} deep")
    return tuple(_field(name, one, f"{place}.{name}", depth) for name, one in properties.items())


def _field(name: str, schema: object, place: str, depth: int) -> Field:
    if not isinstance(schema, Mapping):
        raise _bad(f"{place} must be an object")
    description = schema.get("description")
    if not isinstance(description, str) or not description.strip():
        raise _bad(f"{place} needs a description: it says how to fill it")
    plain = _without_null(schema, place)
    kind = _kind(plain, place)
    if kind == "object":
        return Field(name, description, kind, fields=_properties(plain, place, depth + 1))
    if kind != "array":
        return Field(name, description, kind, options=_options(plain, place))
    items = plain.get("items", {})
    items = _without_null(items, f"{place}.items") if isinstance(items, Mapping) else {}
    of = _kind(items, f"{place}.items")
    if of == "array":
        raise _bad(f"{place}.items may be anything but arrays")
    fields = _properties(items, f"{place}.items", depth + 1) if of == "object" else ()
    return Field(name, description, kind, _options(items, place), of, fields)


def _without_null(schema: Mapping[str, Any], place: str) -> Mapping[str, Any]:
    """What is there where it is not null: any field may be left out."""
    choices = schema.get("anyOf") or schema.get("oneOf")
    if isinstance(choices, list):
        real = [one for one in choices if isinstance(one, Mapping) and one.get("type") != "null"]
        if len(real) != 1:
            raise _bad(f"{place} may be of one type, or null")
        return cast(Mapping[str, Any], real[0])
    return schema


def _kind(schema: Mapping[str, Any], place: str) -> Kind:
    kinds = schema.get("type", "object" if "properties" in schema else "string")
    kinds = [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if kind != "null"]
    if len(kinds) != 1 or kinds[0] not in _KINDS or "$ref" in schema:
        raise _bad(f"{place} must be one of {', '.join(_KINDS)}")
    return cast(Kind, kinds[0])


def _options(schema: Mapping[str, Any], place: str) -> tuple[str, ...]:
    options = schema.get("enum", [])
    if not isinstance(options, list) or len(options) > FIELDS_MAX or not all(isinstance(one, str) and one for one in options):
        raise _bad(f"{place}.enum must be a list of up to {FIELDS_MAX} texts")
    return tuple(options)


def _bad(problem: str) -> BadInput:
    return BadInput(f"profile schema: {problem}", fields={"schema": [problem]})
