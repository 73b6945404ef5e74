"""Keyring: whose an API key is, remembered for a short while, forgotten at once when keys change."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from core.clock import system_clock
from core.store.keys import Keys
from schemas.errors import MnemeError, Unavailable
from schemas.ids import new_id

log = structlog.get_logger()

FRESH_S = 0.1
"""How old a process' view of "the keys have changed" may be; a revocation waits so long before it answers."""
_GENERATION = "mneme:keys:generation"
_KNOWN_S = 60.0
_UNKNOWN_S = 5.0
_BLIND_S = 5.0
"""How long what is remembered counts while Redis does not say whether keys have changed."""
_ASK_S = 1.0
_LOOK_UP_S = 10.0
USES_S = 60.0
"""How late the store knows when a key was last used."""
KEY_HEADERS = ("x-supermemory-api-key", "authorization", "x-api-key")
"""Where a key may stand, the first one present counts: through the Memory Router the others carry the model provider's key."""
_SCHEMES = ("token", "bearer")
MOST = 10_000
"""Most keys remembered, and most strings remembered to be no key."""


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a request comes from: the account, and the key it used."""

    owner: str
    key_id: str


def key_hash(secret: str) -> str:
    """What is stored of a key, 64 hex characters. Keys are long and random, so a plain SHA-256 leaves nothing to guess."""
    return sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def secret_in(headers: Mapping[str, str]) -> str | None:
    """The key in `Authorization: Token|Bearer <key>` or another of KEY_HEADERS, named in lower case; None where there is none."""
    for header in KEY_HEADERS:
        value = headers.get(header)
        if value and header == "authorization":
            scheme, _, value = value.partition(" ")
            value = value if scheme.lower() in _SCHEMES else None
        if value and value.strip():
            return value.strip()
    return None


async def announce(redis: Redis) -> None:
    """Have every process look keys up anew, within FRESH_S."""
    await redis.set(_GENERATION, new_id())


class _Remembered:
    """At most `most` answers, the longest unused dropped first."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._rows: OrderedDict[str, tuple[Principal | None, float]] = OrderedDict()

    def get(self, digest: str) -> tuple[Principal | None, float] | None:
        row = self._rows.get(digest)
        if row is not None:
            self._rows.move_to_end(digest)
        return row

    def put(self, digest: str, principal: Principal | None, since: float) -> None:
        self._rows[digest] = (principal, since)
        self._rows.move_to_end(digest)
        if len(self._rows) > self._most:
            self._rows.popitem(last=False)

    def clear(self) -> None:
        self._rows.clear()


class Keyring:
    """One process' view of the keys. Strangers' strings are remembered apart, so that a flood of them pushes no key out."""

    def __init__(self, keys: Keys, redis: Redis, *, now: Callable[[], float] = time.monotonic, most: int = MOST) -> None:
        self._keys = keys
        self._redis = redis
        self._now = now
        self._known = _Remembered(most)
        self._unknown = _Remembered(most)
        self._generation: bytes | None = None
        self._checked = float("-inf")
        self._blind = False
        self._checking = asyncio.Lock()
        self._used: set[str] = set()

    async def find(self, secret: str) -> Principal | None:
        """Whose `secret` is, or None when it is no key or a revoked one. Raises Unavailable."""
        principal = await self._find(secret)
        if principal is not None:
            self._used.add(principal.key_id)
        return principal

    async def keep_uses(self, every_s: float = USES_S) -> None:
        """Note in the store, every so often and at the end, when keys were last used; a commit for all of them."""
        try:
            while True:
                await asyncio.sleep(every_s)
                await self._keep_uses()
        finally:
            await self._keep_uses()

    async def _keep_uses(self) -> None:
        used, self._used = self._used, set()
        try:
            await self._keys.touch(list(used), system_clock())
        except MnemeError as error:
            log.warning("keys.uses_not_kept", count=len(used), error=type(error).__name__)

    async def _find(self, secret: str) -> Principal | None:
        digest = key_hash(secret)
        await self._keep_fresh()
        if (remembered := self._recall(digest)) is not None:
            return remembered[0]
        generation, since = self._generation, self._now()
        principal = await self._look_up(digest)
        if generation == self._generation:  # else it may have been read before the change
            (self._known if principal else self._unknown).put(digest, principal, since)
        return principal

    def _recall(self, digest: str) -> tuple[Principal | None, float] | None:
        now = self._now()
        for remembered, longest in ((self._known, _KNOWN_S), (self._unknown, _UNKNOWN_S)):
            row = remembered.get(digest)
            if row is not None and now - row[1] < (min(longest, _BLIND_S) if self._blind else longest):
                return row
        return None

    async def _look_up(self, digest: str) -> Principal | None:
        try:
            async with asyncio.timeout(_LOOK_UP_S):
                key = await self._keys.find_by_hash(digest)
        except TimeoutError as error:
            raise Unavailable("the store does not answer", retry_after_s=1) from error
        return Principal(owner=key.owner, key_id=key.id) if key else None

    async def _keep_fresh(self) -> None:
        if self._now() - self._checked < FRESH_S:
            return
        async with self._checking:
            started = self._now()
            if started - self._checked < FRESH_S:
                return
            generation = await self._ask()
            self._checked = started if not self._blind else self._now() + _ASK_S
            if not self._blind and generation != self._generation:
                self._generation = generation
                self._known.clear()
                self._unknown.clear()

    async def _ask(self) -> bytes | None:
        """The generation of the keys as Redis has it; says in `_blind` whether it answered."""
        try:
            async with asyncio.timeout(_ASK_S):
                generation: bytes | None = await self._redis.get(_GENERATION)
        except (RedisError, OSError, TimeoutError) as error:
            if not self._blind:
                log.warning("keyring.went_blind", error=type(error).__name__, forgets_after_s=_BLIND_S)
            self._blind = True
            return None
        self._blind = False
        return generation
