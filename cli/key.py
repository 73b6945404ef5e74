"""`mneme key`: API keys, made, listed and revoked in the store itself, so that it works while Mneme runs and while it does not."""

from collections.abc import Sequence
from pathlib import Path

import typer

from cli.doors import open_redis_if_any, open_store, settings_of, wait_for
from cli.table import lay_out
from core.issuing import FIRST_OWNER, issue_key, revoke_key
from core.keyring import announce
from core.settings import Settings
from core.store.keys import Keys
from schemas.errors import NotFound
from schemas.key import IssuedKey, Key


def create(data: Path | None, name: str, owner: str | None) -> None:
    """Makes a key and prints it, alone on stdout, so that a script can take it."""
    issued = wait_for(_create(settings_of(data), name, owner or FIRST_OWNER))
    typer.echo(f"key {issued.id} of {issued.owner}, shown only this once:", err=True)
    typer.echo(issued.secret)


def list_all(data: Path | None) -> None:
    """Prints every key there ever was, revoked ones too."""
    keys = wait_for(_list(settings_of(data)))
    typer.echo(lay_out(("id", "owner", "name", "begins with", "made", "last used", "state"), map(_row, keys)))


def revoke(data: Path | None, key_id: str) -> None:
    """Returns when no process takes the key any more. Raises NotFound."""
    wait_for(_revoke(settings_of(data), key_id))
    typer.echo(f"key {key_id} is revoked")


async def _create(settings: Settings, name: str, owner: str) -> IssuedKey:
    async with open_redis_if_any(settings) as redis, open_store(settings) as store:
        issued = await issue_key(Keys(store), owner, name)
        if redis is not None:
            await announce(redis)
        return issued


async def _list(settings: Settings) -> Sequence[Key]:
    async with open_store(settings) as store:
        return await Keys(store).list()


async def _revoke(settings: Settings, key_id: str) -> None:
    async with open_redis_if_any(settings) as redis, open_store(settings) as store:
        keys = Keys(store)
        owner = next((key.owner for key in await keys.list() if key.id == key_id), None)
        if owner is None:
            raise NotFound(f"there is no key {key_id}; `mneme key list` shows them")
        await revoke_key(keys, redis, owner, key_id)


def _row(key: Key) -> tuple[str, ...]:
    used = f"{key.last_used_at:%Y-%m-%d}" if key.last_used_at else "-"
    state = f"revoked {key.revoked_at:%Y-%m-%d}" if key.revoked_at else "active"
    return key.id, key.owner, key.name or "-", key.prefix or "-", f"{key.created_at:%Y-%m-%d}", used, state
