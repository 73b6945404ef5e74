"""Dead letters: events that could not be handled, with their errors; to be looked at, replayed or dropped by hand."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pydantic import ValidationError
from redis.asyncio import Redis

from core.mailbox.entry import decode, time_of
from core.mailbox.keys import DEAD
from core.redis import patiently
from schemas.event import Event
from schemas.receipt import Receipt

_CHUNK = 100

Reaccept = Callable[[Sequence[tuple[Event, str]]], Awaitable[list[Receipt | None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """`event` is None where this version can't read it; `body` is the JSON it came in."""

    id: str
    event_id: str
    owner: str
    shard: int
    error: str
    buried_at: datetime
    body: bytes
    event: Event | None


class DeadLetters:
    """At most `dead_letters_max` of them, give or take a hundred, and `dead_letters_max_bytes` of events; the oldest go first."""

    def __init__(self, redis: Redis, reaccept: Reaccept) -> None:
        self._redis = redis
        self._reaccept = reaccept

    async def count(self) -> int:
        return int(await patiently(lambda: self._redis.xlen(DEAD)))

    async def list(self, *, owner: str | None = None, limit: int = 100, after: str | None = None) -> list[DeadLetter]:
        """The newest first, from the one after the id `after` on; of one owner where given."""
        found: list[DeadLetter] = []
        end = f"({after}" if after else "+"
        while len(found) < limit:
            rows = await patiently(partial(self._redis.xrevrange, DEAD, end, "-", count=_CHUNK))
            letters = [_letter(row_id.decode(), fields) for row_id, fields in rows]
            found += [letter for letter in letters if owner is None or letter.owner == owner]
            if len(rows) < _CHUNK:
                break
            end = f"({letters[-1].id}"
        return found[:limit]

    async def replay(self, ids: Sequence[str]) -> Sequence[Receipt]:
        """Accept the letters' events again, as if for the first time; each once, and one this version can't read not at all.

        Gives their receipts, PENDING again. Raises as `Mailbox.accept`.
        """
        letters = [letter for letter_id in dict.fromkeys(ids) if (letter := await self._find(letter_id))]
        receipts = await self._reaccept([(letter.event, letter.id) for letter in letters if letter.event is not None])
        return [receipt for receipt in receipts if receipt is not None]

    async def drop(self, ids: Sequence[str]) -> int:
        """Forget them; gives how many there were."""
        return int(await patiently(lambda: self._redis.xdel(DEAD, *ids))) if ids else 0

    async def _find(self, letter_id: str) -> DeadLetter | None:
        rows = await patiently(lambda: self._redis.xrange(DEAD, letter_id, letter_id))
        return _letter(letter_id, rows[0][1]) if rows else None


def _letter(letter_id: str, fields: dict[bytes, bytes]) -> DeadLetter:
    body = fields[b"event"]
    try:
        event = decode(body)
    except ValidationError:
        event = None
    return DeadLetter(
        id=letter_id,
        event_id=fields[b"id"].decode(),
        owner=fields[b"owner"].decode(),
        shard=int(fields[b"shard"]),
        error=fields[b"error"].decode(),
        buried_at=time_of(int(letter_id.partition("-")[0]) * 1000),
        body=body,
        event=event,
    )
