"""The tables: their names, columns and indexes."""

from typing import Final

import pyarrow as pa
from lancedb.index import FTS, Bitmap, BTree

_MOMENT: Final = pa.timestamp("us", tz="UTC")
_TEXTS: Final = pa.list_(pa.string())

Index = BTree | Bitmap | FTS


def memories_name(shard: int) -> str:
    return f"memories_{shard:02d}"


def history_name(shard: int) -> str:
    return f"history_{shard:02d}"


def links_name(shard: int) -> str:
    return f"links_{shard:02d}"


def journal_name(shard: int) -> str:
    return f"journal_{shard:02d}"


def shard_tables(shard: int) -> list[str]:
    """All of a shard's tables."""
    return [links_name(shard), journal_name(shard), memories_name(shard), history_name(shard)]


_SCOPE: Final = [
    pa.field("owner", pa.string(), nullable=False),
    pa.field("user_id", pa.string()),
    pa.field("agent_id", pa.string()),
    pa.field("app_id", pa.string()),
    pa.field("run_id", pa.string()),
    pa.field("tags", _TEXTS, nullable=False),
]

MEMORY_READ: Final = ["content", "body"]
"""What a Memory is made of again: two columns, because every further one costs a read some 40 microseconds."""


def memory_schema(dimension: int) -> pa.Schema:
    """`content`, `vector` of (dimension,) float32, `body` with all else as JSON; and what filters look at, once more, by itself."""
    return pa.schema(
        [
            pa.field("id", pa.string(), nullable=False),
            *_SCOPE,
            pa.field("subject", pa.string(), nullable=False),
            pa.field("content", pa.string(), nullable=False),
            pa.field("content_hash", pa.string(), nullable=False),
            pa.field("type", pa.string(), nullable=False),
            pa.field("confidence", pa.float64(), nullable=False),
            pa.field("importance", pa.float64(), nullable=False),
            pa.field("categories", _TEXTS, nullable=False),
            pa.field("said_at", _MOMENT, nullable=False),
            pa.field("created_at", _MOMENT, nullable=False),
            pa.field("updated_at", _MOMENT, nullable=False),
            pa.field("accepted_at", _MOMENT, nullable=False),
            pa.field("expires_at", _MOMENT),
            pa.field("state", pa.string(), nullable=False),
            pa.field("version", pa.int64(), nullable=False),
            pa.field("meta_pairs", _TEXTS, nullable=False),
            pa.field("body", pa.string(), nullable=False),
            pa.field("vector", pa.list_(pa.float32(), dimension), nullable=False),
        ]
    )


HISTORY_COLUMNS: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("memory_id", pa.string(), nullable=False),
        *_SCOPE,
        pa.field("kind", pa.string(), nullable=False),
        pa.field("old_content", pa.string()),
        pa.field("new_content", pa.string()),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("event_id", pa.string(), nullable=False),
        pa.field("at", _MOMENT, nullable=False),
        pa.field("input", pa.string(), nullable=False),
        pa.field("metadata", pa.string(), nullable=False),
        pa.field("categories", _TEXTS, nullable=False),
    ]
)

KEY_COLUMNS: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("prefix", pa.string(), nullable=False),
        pa.field("hash", pa.string(), nullable=False),
        pa.field("created_at", _MOMENT, nullable=False),
        pa.field("last_used_at", _MOMENT),
        pa.field("revoked_at", _MOMENT),
        pa.field("ending", pa.string()),
    ]
)

OWNER_COLUMNS: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("name", pa.string(), nullable=False),
        pa.field("created_at", _MOMENT, nullable=False),
        pa.field("plan", pa.string(), nullable=False),
    ]
)

LINK_COLUMNS: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("content_hash", pa.string(), nullable=False),
        pa.field("linked", _TEXTS, nullable=False),
        pa.field("similarities", pa.list_(pa.float64()), nullable=False),
    ]
)
"""One row a memory whose neighbours were looked for: their ids, the nearest first, and how near they are."""

JOURNAL_COLUMNS: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("run", pa.string(), nullable=False),
        pa.field("memory_id", pa.string(), nullable=False),
        pa.field("subject", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("before", pa.string(), nullable=False),
        pa.field("after", pa.string(), nullable=False),
        pa.field("vector", pa.binary()),
        pa.field("at", _MOMENT, nullable=False),
    ]
)
"""One row a change that a maintenance run made: what it takes to undo it."""

RUN_COLUMNS: Final = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("owner", pa.string()),
        pa.field("job", pa.string(), nullable=False),
        pa.field("status", pa.string(), nullable=False),
        pa.field("created_at", _MOMENT, nullable=False),
        pa.field("body", pa.string(), nullable=False),
    ]
)

RECORD_COLUMNS: Final = pa.schema(
    [
        pa.field("key", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("owner", pa.string(), nullable=False),
        pa.field("body", pa.string(), nullable=False),
        pa.field("created_at", _MOMENT, nullable=False),
        pa.field("updated_at", _MOMENT, nullable=False),
    ]
)
"""One row a thing configured: `key` is kind, owner and id in one."""

META_COLUMNS: Final = pa.schema([pa.field("key", pa.string(), nullable=False), pa.field("value", pa.string(), nullable=False)])


CONTROL: Final = {"keys": KEY_COLUMNS, "owners": OWNER_COLUMNS, "runs": RUN_COLUMNS, "records": RECORD_COLUMNS}
"""Tables that are not a shard's. A column they gain must allow null."""


def schemas(shards: int, dimension: int) -> dict[str, pa.Schema]:
    """Every table's schema by its name, but for `meta`."""
    tables = {memories_name(shard): memory_schema(dimension) for shard in range(shards)}
    tables |= {history_name(shard): HISTORY_COLUMNS for shard in range(shards)}
    tables |= {links_name(shard): LINK_COLUMNS for shard in range(shards)}
    tables |= {journal_name(shard): JOURNAL_COLUMNS for shard in range(shards)}
    return tables | CONTROL


def indexes(table: str) -> dict[str, Index]:
    """The scalar and full-text indexes of a table, by column. The vector index is made by upkeep, once there are many rows.

    None on owner: where most rows are one owner's, looking it up costs more than checking it. None on the lists:
    a LABEL_LIST index rewrites itself for every distinct value, 5-10 s an optimise with 100,000 of them against 0.2 s.
    """
    if table.startswith("memories_"):
        full_text = FTS(language="English", stem=True, lower_case=True, ascii_folding=True, with_position=False)
        return {"id": BTree(), "subject": BTree(), "content_hash": BTree(), "state": Bitmap(), "content": full_text}
    if table.startswith("history_"):
        return {"id": BTree(), "memory_id": BTree()}
    if table.startswith("links_"):
        return {"id": BTree(), "subject": BTree()}
    if table.startswith("journal_"):
        return {"run": BTree()}
    if table == "records":
        return {"key": BTree()}
    return {"id": BTree()} if table in ("keys", "owners", "runs") else {}
