"""Shape: memories asked for in an application's own schema, and what came of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict

from schemas.errors import BadInput
from schemas.profile_schema import SCHEMA_MAX_BYTES, Field, fields_of
from schemas.search import EVERYTHING, Filter

_NODES_MAX = 500
"""Parts of a schema once its references are followed: one that refers to itself has no end."""
_LOCAL = ("#/$defs/", "#/definitions/")


class Shape(BaseModel):
    """An order, and its result once there is one."""

    model_config = ConfigDict(frozen=True)

    id: str
    owner: str
    where: Filter = EVERYTHING
    schema_: dict[str, Any]
    """As `read_schema` gives it."""
    instructions: str | None = None
    created_at: datetime
    result: dict[str, Any] | None = None
    error: str | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        return fields_of(self.schema_)


def filter_key(where: Filter) -> str:
    """Equal for equal filters."""
    return blake2b(where.model_dump_json().encode(), digest_size=16).hexdigest()


def read_schema(schema: object) -> dict[str, Any]:
    """The schema as `fields_of` takes it: without references, and with a description for each property.

    Raises BadInput naming what won't do.
    """
    if not isinstance(schema, Mapping):
        raise _bad("must be a JSON Schema object with properties")
    if len(orjson.dumps(schema)) > SCHEMA_MAX_BYTES:
        raise _bad(f"may have at most {SCHEMA_MAX_BYTES} bytes")
    plain = _Plain(schema).read(schema, "")
    try:
        fields_of(plain)
    except BadInput as error:
        raise _bad(error.message.removeprefix("profile schema: ").removeprefix("schema ")) from None
    return plain


class _Plain:
    """Follows a schema's references, to a bound."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._nodes = 0

    def read(self, schema: object, name: str) -> dict[str, Any]:
        self._nodes += 1
        if self._nodes > _NODES_MAX:
            raise _bad(f"may have {_NODES_MAX} parts, and none that holds itself")
        if not isinstance(schema, Mapping):
            raise _bad(f"{name or 'the schema'} must be an object")
        plain = dict(schema)
        if isinstance(target := plain.pop("$ref", None), str):
            return self.read({**self._target(target), **plain}, name)
        if isinstance(parts := plain.get("allOf"), list) and len(parts) == 1 and isinstance(parts[0], Mapping):
            return self.read({**parts[0], **{key: value for key, value in plain.items() if key != "allOf"}}, name)
        for key in ("anyOf", "oneOf"):
            if isinstance(choices := plain.get(key), list):
                plain[key] = [self.read(one, name) for one in choices]
        if "const" in plain:
            plain["enum"] = [plain.pop("const")]
        if isinstance(properties := plain.get("properties"), Mapping):
            plain["properties"] = {key: self.read(one, key) for key, one in properties.items()}
        if "items" in plain:
            plain["items"] = self.read(plain["items"], name)
        return plain | {"description": _described(plain, name)}

    def _target(self, reference: str) -> Mapping[str, Any]:
        prefix = next((one for one in _LOCAL if reference.startswith(one)), None)
        found = self._root.get(prefix[2:-1], {}) if prefix else {}
        target = found.get(reference[len(prefix) :]) if prefix and isinstance(found, Mapping) else None
        if not isinstance(target, Mapping):
            raise _bad(f"{reference} is nowhere in it: references lead to its own $defs")
        return target


def _described(schema: Mapping[str, Any], name: str) -> str:
    """What a property is for: its description, else its title, else its name."""
    texts = (schema.get("description"), schema.get("title"), name.replace("_", " "))
    return next((text for text in texts if isinstance(text, str) and text.strip()), "all of it")


def whole(fields: Sequence[Field], found: Mapping[str, Any]) -> dict[str, Any]:
    """What was found with every field of the schema in it: what nothing is known of is null, or an empty list."""
    return {field.name: _whole(field, found.get(field.name)) for field in fields}


def _whole(field: Field, value: Any) -> Any:
    if field.kind == "object":
        return whole(field.fields, value or {})
    if field.kind == "array":
        of_objects = field.items == "object"
        return [whole(field.fields, item) if of_objects else item for item in value or ()]
    return value


def _bad(problem: str) -> BadInput:
    return BadInput(f"schema: {problem}", fields={"schema": [problem]})
