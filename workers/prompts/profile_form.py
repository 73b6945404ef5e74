"""The shape of a profile as the chat model has to give it: a model made from the fields of an application's schema."""

from functools import lru_cache
from typing import Any, Literal, cast

from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as Described

from schemas.profile_schema import Field

_PLAIN: dict[str, Any] = {"string": str, "number": float, "integer": int, "boolean": bool}


@lru_cache(maxsize=64)
def form_of(fields: tuple[Field, ...]) -> type[BaseModel]:
    """A model with these fields, each of which may be null; its names are aliases, for a property may be called anything."""
    described: dict[str, Any] = {
        f"field_{number}": (_type(field) | None, Described(None, alias=field.name, description=field.description))
        for number, field in enumerate(fields)
    }
    return cast(type[BaseModel], create_model("Profile", __config__=ConfigDict(extra="ignore"), **described))


def _type(field: Field) -> Any:
    if field.kind == "array":
        return list[_one(field.items, field)]  # type: ignore[misc]
    return _one(field.kind, field)


def _one(kind: str, field: Field) -> Any:
    if kind == "object":
        return form_of(field.fields)
    return Literal[field.options] if field.options and kind == "string" else _PLAIN[kind]
