"""API keys: issuing and revoking them, and the first one of an install."""

import asyncio
import hmac
import re
import secrets

from redis.asyncio import Redis

from core.keyring import FRESH_S, announce, key_hash
from core.redis import redis_errors
from core.store.keys import Keys
from schemas.errors import BadInput, Conflict
from schemas.key import IssuedKey

FIRST_OWNER = "default"
"""The account the first key belongs to."""
_ID_BYTES = 6
_SECRET_BYTES = 32
_ENDING = 4
"""Characters of 43: what is left of the secret is no easier to guess."""
_PRESET = re.compile(r"[!-~]{8,512}")
_PRESET_NAME = "MNEME_API_KEY"
_BOOTSTRAP_S = 30


async def issue_key(keys: Keys, owner: str, name: str, preset: str | None = None) -> IssuedKey:
    """Store a key of `owner`: `mlive_<id>_<256 random bits>`, or `preset` (8-512 visible ASCII characters, else BadInput)."""
    if preset is not None and not _PRESET.fullmatch(preset):
        raise BadInput("a preset API key needs 8 to 512 visible ASCII characters, no spaces")
    key_id = secrets.token_hex(_ID_BYTES)
    prefix = "" if preset else f"mlive_{key_id}"
    secret = preset or f"{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    await keys.create_owner(owner, owner)
    ending = "" if preset else secret[-_ENDING:]
    made = await keys.create(id=key_id, owner=owner, name=name, hash=key_hash(secret), prefix=prefix, ending=ending)
    return IssuedKey(id=key_id, owner=owner, name=name, secret=secret, prefix=prefix, created_at=made.created_at)


async def revoke_key(keys: Keys, redis: Redis | None, owner: str, key_id: str) -> None:
    """Make a key worthless: when this returns, no process takes it any more. Raises NotFound.

    Without Redis, which only a stopped install is, there is no one to tell.
    """
    await keys.revoke(owner, key_id)
    if redis is not None:
        with redis_errors():
            await announce(redis)
        await asyncio.sleep(FRESH_S)


async def bootstrap(keys: Keys, redis: Redis, preset: str | None) -> IssuedKey | None:
    """The first key of an install, or `preset`, made if it is not there yet; else None.

    Safe with any number of processes at once: one makes it. Raises BadInput or Conflict about a preset that won't do.
    """
    with redis_errors():
        async with redis.lock("mneme:bootstrap", timeout=_BOOTSTRAP_S, blocking_timeout=_BOOTSTRAP_S):
            issued = await (_first(keys) if preset is None else _preset(keys, preset))
            if issued is not None:
                await announce(redis)
    return issued


async def _first(keys: Keys) -> IssuedKey | None:
    if await keys.list(FIRST_OWNER):
        return None
    return await issue_key(keys, FIRST_OWNER, "first key")


async def _preset(keys: Keys, preset: str) -> IssuedKey | None:
    """A preset takes the place of the one before it. Raises Conflict for one that was revoked: that is for good."""
    mine = [key for key in await keys.list(FIRST_OWNER) if key.name == _PRESET_NAME]
    digest = key_hash(preset)
    for key in mine:
        if hmac.compare_digest(key.hash, digest):
            if key.revoked_at is not None:
                raise Conflict(f"{_PRESET_NAME} holds a key that was revoked or replaced; choose another")
            return None
    issued = await issue_key(keys, FIRST_OWNER, _PRESET_NAME, preset)
    for key in mine:
        await keys.revoke(FIRST_OWNER, key.id)
    return issued
