"""Keys: the owners and their API keys. A key itself is never stored, only its hash."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

import pyarrow as pa

from core.clock import Clock, system_clock
from core.store.connection import Store
from core.store.engine import answer, rows_of
from core.store.filters import equals, live_key, one_of
from core.store.rows import column, python_rows
from core.store.tables import KEY_COLUMNS, OWNER_COLUMNS
from schemas.errors import NotFound
from schemas.key import Key
from schemas.plan import INSTALLS


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """An account: whose memories a key opens."""

    id: str
    name: str
    created_at: datetime
    plan: str = INSTALLS


class Keys:
    """The tables of keys and owners. Any process may write them; writing the same twice is writing it once."""

    def __init__(self, store: Store, *, clock: Clock = system_clock) -> None:
        self._store = store
        self._clock = clock

    async def create(self, *, id: str, owner: str, name: str, hash: str, prefix: str = "", ending: str = "") -> Key:
        """Store a key under its `id`, unless one of that id is there already."""
        key = Key(id=id, owner=owner, name=name, prefix=prefix, ending=ending, hash=hash, created_at=self._clock())
        await self._insert("keys", KEY_COLUMNS, _row(key))
        return key

    async def find_by_hash(self, hash: str) -> Key | None:
        """The key of this hash; None where there is none or it was ever revoked."""
        found = [Key(**row) for row in await self._read("keys", equals("hash", hash))]
        return found[0] if found and all(key.revoked_at is None for key in found) else None

    async def revoke(self, owner: str, key_id: str) -> None:
        """The key opens nothing any more. Raises NotFound where the owner has no such key."""
        if not any(key.id == key_id for key in await self.list(owner)):
            raise NotFound("there is no such key")
        await self._stamp(live_key(owner, key_id), "revoked_at", self._clock())

    async def touch(self, key_ids: Sequence[str], at: datetime) -> None:
        """Note that these keys were used. A commit each time: call it rarely."""
        if key_ids:
            await self._stamp(one_of("id", sorted(key_ids)), "last_used_at", at)

    async def create_owner(self, owner_id: str, name: str, *, plan: str = INSTALLS) -> Owner:
        """The owner of this id, made if it is not there yet."""
        owner = Owner(id=owner_id, name=name, created_at=self._clock(), plan=plan)
        await self._insert("owners", OWNER_COLUMNS, _row(owner))
        return owner

    async def find_owner(self, owner_id: str) -> Owner | None:
        """The owner of this id."""
        return next((Owner(**row) for row in await self._read("owners", equals("id", owner_id))), None)

    async def set_plan(self, owner_id: str, plan: str) -> None:
        """Put the owner on a plan; INSTALLS is the settings' one. Raises NotFound."""
        if await self.find_owner(owner_id) is None:
            raise NotFound(f"there is no owner {owner_id}")
        table = await self._store.writing("owners")
        await answer(table.update({"plan": plan}, where=equals("id", owner_id)))
        await self._store.disk.sync()

    async def owners(self) -> Sequence[Owner]:
        """Every owner, oldest first."""
        found = (Owner(**row) for row in await self._read("owners"))
        return sorted(found, key=lambda owner: (owner.created_at, owner.id))

    async def list(self, owner: str | None = None) -> Sequence[Key]:
        """The owner's keys, or everybody's, revoked ones too, oldest first."""
        found = await self._read("keys", None if owner is None else equals("owner", owner))
        return sorted((Key(**row) for row in found), key=lambda key: (key.created_at, key.id))

    async def _insert(self, name: str, schema: pa.Schema, row: dict[str, Any]) -> None:
        table = await self._store.writing(name)
        rows = pa.table([column([row], field) for field in schema], schema=schema)
        await answer(table.merge_insert("id").when_not_matched_insert_all().execute(rows))
        await self._store.disk.sync()

    async def _read(self, name: str, where: str | None = None) -> Iterable[Mapping[str, Any]]:
        table = await self._store.reading(name)
        query = table.query() if where is None else table.query().where(where)
        return python_rows(await rows_of(query))

    async def _stamp(self, where: str, name: str, at: datetime) -> None:
        table = await self._store.writing("keys")
        await answer(table.update({name: at}, where=where))
        await self._store.disk.sync()


def _row(what: Key | Owner) -> dict[str, Any]:
    return {field.name: getattr(what, field.name) for field in fields(what)}
