"""API keys over HTTP: shown whole once, masked ever after."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from schemas.key import IssuedKey, Key
from schemas.wire.memory_layer.fields import not_blank, stamp

_ID = "key_"
_HIDDEN = "••••"


class CreateRequest(BaseModel):
    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(not_blank)]


class Created(BaseModel):
    model_config = ConfigDict(use_attribute_docstrings=True)

    id: str
    name: str
    api_key: str
    """Shown only this once."""
    key_prefix: str
    created_at: str


class ListedKey(BaseModel):
    id: str
    name: str
    key_prefix: str
    masked_key: str
    created_at: str
    last_used_at: str | None
    revoked: bool
    revoked_at: str | None


class Keys(BaseModel):
    keys: list[ListedKey]
    total_count: int


class Revoked(BaseModel):
    status: Literal["success"]
    id: str
    revoked: Literal[True]


def shown_id(key_id: str) -> str:
    return f"{_ID}{key_id}"


def key_id_of(shown: str) -> str:
    """Our id of a key, with or without what clients see before it."""
    return shown.removeprefix(_ID)


def created(key: IssuedKey) -> dict[str, Any]:
    """The fields of Created."""
    return {
        "id": shown_id(key.id),
        "name": key.name,
        "api_key": key.secret,
        "key_prefix": key.prefix,
        "created_at": stamp(key.created_at),
    }


def listed(keys: Sequence[Key]) -> dict[str, Any]:
    return {"keys": [_row(key) for key in keys], "total_count": len(keys)}


def revoked(key_id: str) -> dict[str, Any]:
    return {"status": "success", "id": shown_id(key_id), "revoked": True}


def _row(key: Key) -> dict[str, Any]:
    begins = f"{key.prefix}_" if key.prefix else ""
    return {
        "id": shown_id(key.id),
        "name": key.name,
        "key_prefix": key.prefix,
        "masked_key": f"{begins}{_HIDDEN}{key.ending or ''}",
        "created_at": stamp(key.created_at),
        "last_used_at": stamp(key.last_used_at) if key.last_used_at else None,
        "revoked": key.revoked_at is not None,
        "revoked_at": stamp(key.revoked_at) if key.revoked_at else None,
    }
