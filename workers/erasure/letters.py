"""Letters: dead letters, ours, and those of a queue in our own Redis as far as it can be told whose they are."""

from collections.abc import AsyncIterator, Mapping
from functools import partial
from typing import Any

import orjson

from core.bus.names import DEAD as QUEUE_DEAD
from core.keyring import key_hash, secret_in
from core.mailbox import DeadLetter
from core.mailbox.entry import time_of
from core.mailbox.keys import DEAD
from core.redis import patiently
from schemas.event import MemoriesForgotten
from schemas.search import Selection
from workers.erasure.place import Place, Whose

_PAGE = 500


async def _holds(whose: Whose) -> dict[str, int]:
    return {"dead_letters": sum([1 async for _ in _ours(whose)]), "queue_dead_letters": sum([1 async for _ in _of_queue(whose)])}


async def _erase(whose: Whose) -> None:
    letters, redis = whose.resources.mailbox.dead_letters, whose.resources.redis
    async for letter in _ours(whose):
        await letters.drop([letter.id])
    async for row_id in _of_queue(whose):
        await patiently(partial(redis.xdel, QUEUE_DEAD, row_id))


async def _ours(whose: Whose) -> AsyncIterator[DeadLetter]:
    after = None
    while page := await whose.resources.mailbox.dead_letters.list(owner=whose.owner, limit=_PAGE, after=after):
        for letter in page:
            if whose.is_old(letter.buried_at) and _is_about(letter, whose):
                yield letter
        after = page[-1].id


def _is_about(letter: DeadLetter, whose: Whose) -> bool:
    if letter.event is None:
        return _names(_json(letter.body).get("scope"), "user", whose.user)
    if letter.event.subject == whose.subject:
        return True
    where = letter.event.where if isinstance(letter.event, MemoriesForgotten) else None
    return where is not None and whose.subject in (Selection(owner=whose.owner, where=where).subjects() or ())


async def _of_queue(whose: Whose) -> AsyncIterator[bytes]:
    """Messages that could be read so far as to tell the user and the key, of whoever the key is."""
    redis, start = whose.resources.redis, "-"
    while rows := await patiently(partial(redis.xrange, QUEUE_DEAD, start, "+", count=_PAGE)):
        for row_id, fields in rows:
            message = _json(fields.get(b"data", b""))
            buried_at = time_of(int(row_id.partition(b"-")[0]) * 1000)
            if _names(message, "user_id", whose.user) and whose.is_old(buried_at) and await _owner(fields, message, whose) == whose.owner:
                yield row_id
        start = f"({rows[-1][0].decode()}"


async def _owner(fields: Mapping[bytes, bytes], message: Mapping[str, Any], whose: Whose) -> str | None:
    secret = secret_in(_json(fields.get(b"headers", b""))) or message.get("api_key")
    if not isinstance(secret, str):
        return whose.resources.settings.broker_trusted_owner
    key = await whose.resources.keys.find_by_hash(key_hash(secret))
    return key.owner if key else None


def _names(found: Any, field: str, user: str) -> bool:
    return isinstance(found, dict) and found.get(field) == user


def _json(body: bytes) -> dict[str, Any]:
    """The object it is; an empty one where it is none."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return found if isinstance(found, dict) else {}


LETTERS = Place(holds=_holds, erase=_erase, keys=(DEAD, QUEUE_DEAD))
