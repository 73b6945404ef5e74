"""The open format of an export: NDJSON, one line a thing. `docs/export.md` describes it for its readers.

A header, then a line for each memory with its history and links, then a line for each change of a memory that is gone, then
an end with their numbers: a file without it is not whole.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from schemas.errors import BadInput
from schemas.event import Restored
from schemas.ids import is_uuid
from schemas.memory import Change, ChangeKind, Feedback, Memory, MemoryState, MemoryType
from schemas.scope import ENTITY_FIELDS, Scope

FORMAT = "mneme"
_KINDS = frozenset({"header", "memory", "change", "end"})
_LARGEST = 2**53
"""Whole numbers beyond it are not the same in every JSON reader."""
_SCOPE = ("owner", *ENTITY_FIELDS, "tags")
_MEMORY = tuple(field.name for field in fields(Memory) if field.name != "scope")


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie between the years 1 and 9999") from None


def _uuid(text: str) -> str:
    if not is_uuid(text):
        raise ValueError("must be a UUID")
    return text.lower()


Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Id = Annotated[str, AfterValidator(_uuid)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=_LARGEST)]


class _Line(BaseModel):
    """A later version's additions are passed over."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Header(_Line):
    kind: Literal["header"] = "header"
    format: Literal["mneme"] = "mneme"
    version: Literal[1] = 1
    exported_at: Moment
    embedding_model: str
    """What made the vectors, where they travel."""
    dimension: int
    history: bool
    vectors: bool


class _Scoped(_Line):
    owner: str = Field(min_length=1)
    user: str | None = None
    agent: str | None = None
    app: str | None = None
    run: str | None = None
    tags: tuple[str, ...] = ()

    def scope(self, owner: str | None) -> Scope:
        """The scope, as a part of another account where `owner` is given."""
        return Scope(**{name: getattr(self, name) for name in _SCOPE} | ({"owner": owner} if owner else {}))


class _Changed(_Line):
    id: Id
    kind: ChangeKind
    old_content: str | None = None
    new_content: str | None = None
    reason: str = ""
    event_id: str = ""
    at: Moment
    input: tuple[tuple[str, str], ...] = ()
    metadata: dict[str, Any] = {}
    categories: tuple[str, ...] = ()

    def change(self, memory_id: str, scope: Scope) -> Change:
        return Change(memory_id=memory_id, scope=scope, **{name: getattr(self, name) for name in _CHANGE})


_CHANGE = tuple(_Changed.model_fields)


class MemoryLine(_Scoped):
    """A memory with all its fields; `vector` is base64 of little-endian float32, made by `embedding_model`."""

    kind: Literal["memory"]
    id: Id
    content: str = Field(min_length=1)
    type: MemoryType = MemoryType.FACT
    confidence: Share = 1.0
    importance: Share = 0.5
    categories: tuple[str, ...] = ()
    source_kind: str = "message"
    event_id: str = ""
    speaker: str | None = None
    said_at: Moment
    created_at: Moment
    updated_at: Moment
    accepted_at: Moment
    expires_at: Moment | None = None
    state: MemoryState = MemoryState.ACTIVE
    superseded_by: Id | None = None
    version: Annotated[int, Field(ge=1, le=_LARGEST)] = 1
    immutable: bool = False
    access_count: Count = 0
    last_access_at: Moment | None = None
    feedback: Feedback | None = None
    feedback_reason: str | None = None
    metadata: dict[str, Any] = {}
    embedding_model: str = ""
    history: tuple[_Changed, ...] = ()
    links: dict[Id, Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]] = {}
    vector: str | None = None

    def restored(self, owner: str | None) -> Restored:
        """What is to be restored of it, in another account where `owner` is given."""
        scope = self.scope(owner)
        memory = Memory(scope=scope, **{name: getattr(self, name) for name in _MEMORY})
        history = tuple(line.change(self.id, scope) for line in self.history)
        return Restored(memory=memory, history=history, links=self.links, vector=self.vector)


class ChangeLine(_Scoped):
    """A line of history of a memory that is gone."""

    kind: Literal["change"]
    memory_id: Id
    change: _Changed

    def restored(self, owner: str | None) -> Change:
        return self.change.change(self.memory_id, self.scope(owner))


class End(_Line):
    kind: Literal["end"] = "end"
    memories: int
    changes: int


Line = Annotated[Header | MemoryLine | ChangeLine | End, Field(discriminator="kind")]
_LINE: TypeAdapter[Header | MemoryLine | ChangeLine | End] = TypeAdapter(Line)


def read_line(line: Any) -> Header | MemoryLine | ChangeLine | End:
    """What a line, parsed already, says. Raises BadInput, in words that quote nothing of it."""
    try:
        return _LINE.validate_python(line)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(step) for step in first["loc"])
        raise BadInput(f"{place}: {first['msg']}" if place else first["msg"]) from None


def is_line(line: Any) -> bool:
    """Whether a JSON value is a line of this format, and not a message to learn from."""
    kind = line.get("kind") if isinstance(line, dict) else None
    return isinstance(kind, str) and kind in _KINDS


def is_header(line: Any) -> bool:
    """Whether a file that begins with this JSON value is an export of ours, of whatever version."""
    return isinstance(line, dict) and line.get("kind") == "header" and line.get("format") == FORMAT


def dump_line(line: Header | End) -> bytes:
    return line.model_dump_json().encode() + b"\n"


def dump_memory(memory: Memory, history: Iterable[Change], links: Mapping[str, float], vector: bytes | None) -> bytes:
    """A memory's line. `vector` is little-endian float32."""
    line = {"kind": "memory", **_scope(memory.scope), **{name: getattr(memory, name) for name in _MEMORY}}
    line |= {"metadata": dict(memory.metadata), "history": [_change(change) for change in history], "links": dict(links)}
    return _dump(line | ({"vector": b64encode(vector).decode()} if vector is not None else {}))


def dump_change(change: Change) -> bytes:
    """The line of a change of a memory that is gone."""
    return _dump({"kind": "change", **_scope(change.scope), "memory_id": change.memory_id, "change": _change(change)})


def vector_bytes(text: str) -> bytes:
    """The bytes of a line's vector. Raises ValueError for what is no base64."""
    return b64decode(text, validate=True)


def _scope(scope: Scope) -> dict[str, str | Sequence[str] | None]:
    return {name: getattr(scope, name) for name in _SCOPE}


def _change(change: Change) -> dict[str, Any]:
    return {name: getattr(change, name) for name in _CHANGE} | {"metadata": dict(change.metadata)}


def _dump(line: dict[str, Any]) -> bytes:
    return orjson.dumps(line, default=str, option=orjson.OPT_APPEND_NEWLINE)
