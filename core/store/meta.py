"""Meta: what a store was made with. It can't be opened with anything else."""

from collections.abc import Mapping

import pyarrow as pa
from lancedb import AsyncConnection, AsyncTable

from core.store.engine import answer, rows_of
from core.store.tables import META_COLUMNS
from schemas.errors import Conflict

FORMAT = "1"
_NAME = "meta"
_BUILT = "built"
_SAID = {"format": "in format", "shards": "with shards =", "embedding_model": "by the embedding model", "dimension": "in dimension"}


class Meta:
    """The table that says what a store was made with, and whether its making was finished."""

    def __init__(self, db: AsyncConnection, *, shards: int, embedding_model: str, dimension: int) -> None:
        self._db = db
        self._wanted = {"format": FORMAT, "shards": str(shards), "embedding_model": embedding_model, "dimension": str(dimension)}

    async def built(self) -> bool:
        """Whether all of the store's tables were made. Raises Conflict when they were made with other settings."""
        try:
            table = await answer(self._db.open_table(_NAME))
        except ValueError:  # there is none
            return False
        values = await _read(table)
        self._check(values)
        return _BUILT in values

    async def claim(self) -> None:
        """Make the store one of these settings, unless it is one of some settings already. Raises Conflict."""
        try:
            table = await answer(self._db.create_table(_NAME, _rows(self._wanted), mode="create"))
        except ValueError:  # it is there
            table = await answer(self._db.open_table(_NAME))
        self._check(await _read(table))

    async def say_built(self) -> None:
        table = await answer(self._db.open_table(_NAME))
        await answer(table.add(_rows({_BUILT: "yes"})))

    def _check(self, made: Mapping[str, str]) -> None:
        for name, value in self._wanted.items():
            if made.get(name) != value:
                raise Conflict(
                    f"this store was made {_SAID[name]} {made.get(name)}, and is now opened {_SAID[name]} {value}; "
                    "set it back, or point to another store"
                )


async def _read(table: AsyncTable) -> dict[str, str]:
    rows = await rows_of(table.query())
    return dict(zip(rows["key"].to_pylist(), rows["value"].to_pylist(), strict=True))


def _rows(values: Mapping[str, str]) -> pa.Table:
    return pa.table({"key": list(values), "value": list(values.values())}, schema=META_COLUMNS)
