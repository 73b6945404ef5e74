"""The yardstick: the same embedding model and a bare LanceDB table, called in this process, with nothing of ours between."""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import lancedb
import numpy as np
import pyarrow as pa
from lancedb import AsyncTable
from lancedb.index import FTS, BTree
from lancedb.query import MatchQuery

from core.models.embedding import Embedder, open_embedder
from core.settings import Settings

_EMBED_AT_ONCE = 256


class Yardstick:
    """One table: id, user, text, vector; indexes on id, user and text."""

    def __init__(self) -> None:
        self._loop = asyncio.Runner()
        self._folder = tempfile.TemporaryDirectory(prefix="mneme-yardstick-")
        self._embedder: Embedder = self._loop.run(open_embedder(Settings()))
        self._table: AsyncTable = self._loop.run(self._open())
        self._count = 0

    def __enter__(self) -> "Yardstick":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._table.close()
        self._loop.run(self._embedder.close())
        self._loop.close()
        self._folder.cleanup()

    def load(self, texts_by_user: dict[str, Sequence[str]]) -> None:
        """Embeds and stores everything, then builds the indexes over it."""
        rows = [(user, text) for user, texts in texts_by_user.items() for text in texts]
        for first in range(0, len(rows), _EMBED_AT_ONCE):
            self._loop.run(self._write(rows[first : first + _EMBED_AT_ONCE]))
        self._loop.run(self._optimize())

    def search(self, text: str, user: str) -> None:
        """Embeds the question, then asks for the 10 nearest and the 10 best by words of that user's rows."""
        self._loop.run(self._search(text, user))

    def add(self, text: str, user: str) -> None:
        """Embeds the text and merges one row."""
        self._loop.run(self._write([(user, text)]))

    async def _open(self) -> AsyncTable:
        vector = pa.list_(pa.float32(), self._embedder.dimension)
        texts = [pa.field(name, pa.string()) for name in ("id", "user", "text")]
        database = await lancedb.connect_async(str(Path(self._folder.name)))
        table = await database.create_table("rows", schema=pa.schema([*texts, pa.field("vector", vector)]))
        for column, index in (("id", BTree()), ("user", BTree()), ("text", FTS())):
            await table.create_index(column, config=index)
        return table

    async def _write(self, rows: Sequence[tuple[str, str]]) -> None:
        vectors = await self._embedder.embed([text for _, text in rows])
        ids = [str(self._count + n) for n in range(len(rows))]
        self._count += len(rows)
        columns: dict[str, Any] = {"id": ids, "user": [user for user, _ in rows], "text": [text for _, text in rows]}
        flat = pa.array(np.ascontiguousarray(vectors).reshape(-1), pa.float32())
        columns["vector"] = pa.FixedSizeListArray.from_arrays(flat, self._embedder.dimension)
        merge = self._table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
        await merge.execute(pa.table(columns))

    async def _optimize(self) -> None:
        await self._table.optimize()

    async def _search(self, text: str, user: str) -> None:
        vector = await self._embedder.embed_query(text)
        where = f"user = '{user}'"
        near = self._table.query().nearest_to(vector).distance_type("cosine").bypass_vector_index()
        worded = self._table.query().nearest_to_text(MatchQuery(text, "text"))
        await asyncio.gather(*(query.where(where).limit(10).to_arrow() for query in (near, worded)))
