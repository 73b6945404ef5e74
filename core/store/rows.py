"""Rows: memories as columns, and back."""

import json
from collections.abc import Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
from numpy.typing import NDArray

from core.store.codes import with_codes
from core.store.metadata import entries
from core.store.tables import memory_schema
from schemas.memory import Feedback, Memory, MemoryState, MemoryType
from schemas.scope import Scope

Vector = NDArray[np.float32]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_NAMES = tuple(field.name for field in fields(Memory))
_CONTENT = "text"
"""The content's name in a body: one that versions before it leave out when they read it."""
_REMEMBERED = 4_096
"""Moments, and scopes: a memory has one moment up to five times, a user's memories have one scope."""
_TYPES = {kind.value: kind for kind in MemoryType}
_STATES = {state.value: state for state in MemoryState}
_MOMENTS = ("said_at", "created_at", "updated_at", "accepted_at", "expires_at", "last_access_at")


def storable(text: str) -> str:
    """The text with every half of a surrogate pair that stands alone made U+FFFD: Arrow holds only what UTF-8 can say."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def micros(moment: datetime) -> int:
    """Microseconds since 1970; a naive moment is taken as UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - _EPOCH) // _MICROSECOND


@lru_cache(maxsize=_REMEMBERED)
def moment(us: int) -> datetime:
    """The aware UTC moment of microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=us)


def memory_batch(memories: Sequence[Memory], vectors: Sequence[Vector], dimension: int) -> pa.RecordBatch:
    """One row a memory, beside its vector of (dimension,) float32. Raises ValueError for a vector of another shape, or not finite."""
    matrix = np.asarray(vectors, dtype=np.float32).reshape(len(memories), -1)
    if matrix.shape[1] != dimension or not np.isfinite(matrix).all():
        raise ValueError(f"a vector must be {dimension} finite numbers")
    schema = memory_schema(dimension)
    rows = [_row(memory) | {"body": body} for memory, body in zip(memories, with_codes(list(map(_body, memories)), matrix), strict=True)]
    columns: list[pa.Array] = [column(rows, field) for field in schema if field.name != "vector"]
    return pa.record_batch([*columns, pa.FixedSizeListArray.from_arrays(matrix.ravel(), dimension)], schema=schema)


def _row(memory: Memory) -> dict[str, Any]:
    row = {name: getattr(memory, name) for name in ("id", "content", "content_hash", "confidence", "importance", "version", *_MOMENTS)}
    return row | {
        **scope_row(memory.scope),
        "subject": memory.scope.subject,
        "type": memory.type.value,
        "categories": list(memory.categories),
        "state": memory.state.value,
        "meta_pairs": entries(memory.metadata),
    }


def _body(memory: Memory) -> str:
    """All of the memory as JSON; enums and moments as their plain values. With its content: a search then reads one column less."""
    body = {name: getattr(memory, name) for name in _NAMES if name not in {"content", "scope", "metadata"}}
    body |= {name: micros(body[name]) for name in _MOMENTS if body[name] is not None}
    body |= {"scope": {field.name: getattr(memory.scope, field.name) for field in fields(Scope)}, "metadata": dict(memory.metadata)}
    told = json.dumps(body, separators=(",", ":"), default=str)  # in ASCII: it may hold half a surrogate pair
    return f'{told[:-1]},"{_CONTENT}":{json.dumps(storable(memory.content), ensure_ascii=False)}}}'


def memories(table: pa.Table) -> list[Memory]:
    """The memories in a table that has the MEMORY_READ columns, in its order."""
    return list(map(made, bodies(table)))


def bodies(table: pa.Table) -> list[dict[str, Any]]:
    """What `made` takes, a dict a row. Of rows that an older version wrote it lacks the content, unless that column was read too."""
    found = list(map(_named, table["body"].to_pylist()))
    if "content" in table.column_names:
        for body, content in zip(found, table["content"].to_pylist(), strict=True):
            body["content"] = content
    return found


def memory_of(body: str) -> Memory:
    """The memory of a body that has its content: those with a code do."""
    return made(_named(body))


def made(body: dict[str, Any]) -> Memory:
    """The memory. A field this version does not know is left out; one the row does not know takes its default."""
    for name in _MOMENTS:
        if (us := body.get(name)) is not None:
            body[name] = moment(us)
    kept = body["scope"]
    body["scope"] = _known_scope(kept["owner"], kept["user"], kept["agent"], kept["app"], kept["run"], tuple(kept["tags"]))
    body["categories"] = tuple(body["categories"])
    body["type"], body["state"] = _TYPES[body["type"]], _STATES[body["state"]]
    if body.get("feedback") is not None:
        body["feedback"] = Feedback(body["feedback"])
    return Memory(**{name: body[name] for name in _NAMES if name in body})  # by names of ours: a parser's are compared letter by letter


@lru_cache(maxsize=_REMEMBERED)
def _known_scope(owner: str, user: str | None, agent: str | None, app: str | None, run: str | None, tags: tuple[str, ...]) -> Scope:
    return Scope(owner=owner, user=user, agent=agent, app=app, run=run, tags=tags)


def _named(text: str) -> dict[str, Any]:
    body = _parsed(text)
    if _CONTENT in body:
        body["content"] = body.pop(_CONTENT)
    return body


def _parsed(text: str) -> dict[str, Any]:
    """Four times faster than the standard library's parser, which takes what orjson will not: half a surrogate pair."""
    try:
        body: dict[str, Any] = orjson.loads(text)
    except orjson.JSONDecodeError:
        body = json.loads(text)
    return body


def packed(memory: Memory) -> list[str]:
    """All of a memory but its vector, as the store keeps it: content and body."""
    return [memory.content, _body(memory)]


def unpacked(texts: Sequence[str]) -> Memory:
    """The memory of `packed`."""
    content, body = texts
    return made(_parsed(body) | {"content": content})


def matrix(table: pa.Table) -> Vector:
    """The table's vectors: (rows, dim) float32."""
    column = table["vector"].combine_chunks()
    chunk = column.chunk(0) if isinstance(column, pa.ChunkedArray) else column
    flat: Vector = chunk.flatten().to_numpy(zero_copy_only=False)
    return flat.reshape(len(chunk), chunk.type.list_size)


def scope_row(scope: Scope) -> dict[str, Any]:
    names = {"user_id": scope.user, "agent_id": scope.agent, "app_id": scope.app, "run_id": scope.run}
    return {"owner": scope.owner, **names, "tags": list(scope.tags)}


def scope(row: dict[str, Any]) -> Scope:
    names = {"user": row["user_id"], "agent": row["agent_id"], "app": row["app_id"], "run": row["run_id"]}
    return Scope(owner=row["owner"], tags=tuple(row["tags"]), **names)


def column(rows: Sequence[dict[str, Any]], field: pa.Field) -> pa.Array:
    """The column of `field` over rows of Python values: texts made storable, moments made microseconds."""
    values = [row[field.name] for row in rows]
    if pa.types.is_timestamp(field.type):
        return pa.array([None if value is None else micros(value) for value in values], pa.int64()).cast(field.type)
    return pa.array(map(_stored, values), field.type, size=len(values))


def _stored(value: Any) -> Any:
    if isinstance(value, list):
        return [storable(item) if isinstance(item, str) else item for item in value]
    return storable(value) if isinstance(value, str) else value


def python_rows(table: pa.Table) -> list[dict[str, Any]]:
    """A table's rows as dicts, moments as aware UTC datetimes."""
    return [dict(zip(table.column_names, values, strict=True)) for values in zip(*map(_values, table.columns), strict=True)]


def _values(column: pa.ChunkedArray) -> list[Any]:
    if not pa.types.is_timestamp(column.type):
        values: list[Any] = column.to_pylist()
        return values
    return [None if us is None else moment(us) for us in column.cast(pa.int64()).to_pylist()]
