"""JWKS: the public keys of a sign-in provider, fetched when they are needed and kept for a while."""

import asyncio
import time
from collections.abc import Callable

import httpx
import structlog
from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWTError

from schemas.errors import Unavailable

log = structlog.get_logger()

FRESH_S = 600.0
"""How long keys are taken as they are."""
STALE_S = 3_600.0
"""How long they are while the provider does not answer."""
AGAIN_S = 30.0
"""Pause between two fetches, whatever tokens name: a stranger's tokens must not make us ask for each."""
_FETCH_S = 5.0
_MALFORMED = (ValueError, TypeError, AttributeError, KeyError)
"""What reading an answer raises that is no JWK set, whatever else it is."""
_BYTES_MAX = 256 * 1024


class Jwks:
    """The keys at one URL."""

    def __init__(self, url: str, *, now: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._now = now
        self._keys: list[PyJWK] = []
        self._fetched = float("-inf")
        self._tried = float("-inf")
        self._fetching = asyncio.Lock()

    async def find(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        """The key of this id that signs by this algorithm; without an id the only one that does. Raises Unavailable."""
        await self._keep_fresh(FRESH_S)
        found = self._find(key_id, algorithm)
        if found is None and key_id is not None:  # the provider may have changed its keys
            await self._keep_fresh(AGAIN_S)
            found = self._find(key_id, algorithm)
        return found

    def _find(self, key_id: str | None, algorithm: str) -> PyJWK | None:
        signing = [key for key in self._keys if key.algorithm_name == algorithm and key.public_key_use in (None, "sig")]
        named = signing if key_id is None else [key for key in signing if key.key_id == key_id]
        return named[0] if len(named) == 1 else None

    async def _keep_fresh(self, fresh_s: float) -> None:
        async with self._fetching:
            now = self._now()
            if now - self._fetched < fresh_s or now - self._tried < AGAIN_S:
                return self._check(now)
            self._tried = now
            try:
                self._keys = await _fetch(self._url)
                self._fetched = now
            except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, PyJWTError, *_MALFORMED) as error:
                log.warning("jwks.not_fetched", error=type(error).__name__)
        return self._check(now)

    def _check(self, now: float) -> None:
        if now - self._fetched > STALE_S:
            raise Unavailable("the sign-in provider's keys can't be read", retry_after_s=int(AGAIN_S))


async def _fetch(url: str) -> list[PyJWK]:
    body = b""
    async with asyncio.timeout(_FETCH_S), httpx.AsyncClient() as client, client.stream("GET", url) as answer:
        answer.raise_for_status()
        async for part in answer.aiter_bytes():
            body += part
            if len(body) > _BYTES_MAX:
                raise ValueError("too many keys")
    return PyJWKSet.from_json(body.decode()).keys
