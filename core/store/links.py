"""Links: which memories of a subject are near to each other, worked out beforehand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
from lancedb import AsyncTable

from core.store.connection import Store
from core.store.engine import answer, rows_of
from core.store.filters import any_id, ids_filter
from core.store.paging import by_ids
from core.store.rows import column, python_rows
from core.store.tables import LINK_COLUMNS, links_name
from schemas.memory import Memory, MemoryState
from schemas.scope import shard_of


@dataclass(frozen=True, slots=True)
class Link:
    """A memory's neighbour, and the cosine between them."""

    memory: Memory
    similarity: float


@dataclass(frozen=True, slots=True)
class Linked:
    """A memory's row of links: `links` by the other's id, and the words it had when they were looked for."""

    memory_id: str
    owner: str
    subject: str
    content_hash: str
    links: Mapping[str, float]


async def read_links(store: Store, memory: Memory) -> list[Link]:
    """The active memories it is linked to, the nearest first."""
    shard = shard_of(memory.scope.subject, store.shards)
    table = await store.reading(links_name(shard))
    rows = await rows_of(table.query().where(ids_filter(memory.scope.owner, [memory.id])))
    near = {other: similarity for row in linked(rows) for other, similarity in row.links.items()}
    found = await by_ids(store, shard, memory.scope.owner, list(near)) if near else []
    links = [Link(other, near[other.id]) for other in found if _still(other, memory)]
    return sorted(links, key=lambda link: (-link.similarity, link.memory.id))


def _still(other: Memory, memory: Memory) -> bool:
    return other.state is MemoryState.ACTIVE and other.scope.subject == memory.scope.subject


async def of_ids(table: AsyncTable, memory_ids: Sequence[str]) -> dict[str, Linked]:
    """The rows of these memories that there are, by id."""
    if not memory_ids:
        return {}
    return {row.memory_id: row for row in linked(await rows_of(table.query().where(any_id(memory_ids))))}


async def hashes(table: AsyncTable, where: str) -> dict[str, dict[str, str]]:
    """By subject, the memories that have rows, each with the content hash it had."""
    rows = await rows_of(table.query().where(where).select(["id", "subject", "content_hash"]))
    found: dict[str, dict[str, str]] = {}
    for row in python_rows(rows):
        found.setdefault(row["subject"], {})[row["id"]] = row["content_hash"]
    return found


async def write(table: AsyncTable, rows: Sequence[Linked], gone: Sequence[str] = ()) -> None:
    """Put these rows in the place of those of the same ids, and remove the rows of `gone`."""
    if rows:
        batch = [_row(row) for row in rows]
        source = pa.table([column(batch, field) for field in LINK_COLUMNS], schema=LINK_COLUMNS)
        await answer(table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all().execute(source))
    if gone:
        await answer(table.delete(any_id(gone)))


async def add(table: AsyncTable, rows: Sequence[Linked]) -> None:
    """Write rows; one of an id already there stays as it is."""
    batch = [_row(row) for row in {row.memory_id: row for row in rows}.values()]
    source = pa.table([column(batch, field) for field in LINK_COLUMNS], schema=LINK_COLUMNS)
    await answer(table.merge_insert("id").when_not_matched_insert_all().execute(source))


def linked(rows: pa.Table) -> list[Linked]:
    return [
        Linked(row["id"], row["owner"], row["subject"], row["content_hash"], dict(zip(row["linked"], row["similarities"], strict=True)))
        for row in python_rows(rows)
    ]


def _row(row: Linked) -> dict[str, object]:
    nearest = sorted(row.links.items(), key=lambda link: (-link[1], link[0]))
    return {
        "id": row.memory_id,
        "owner": row.owner,
        "subject": row.subject,
        "content_hash": row.content_hash,
        "linked": [other for other, _ in nearest],
        "similarities": [similarity for _, similarity in nearest],
    }
