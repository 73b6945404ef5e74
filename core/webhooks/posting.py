"""Posting: one signed body to one URL. No redirect is followed, no proxy asked, and of the answer only the status is read."""

import asyncio
import ssl
from dataclasses import dataclass

import httpcore

from core.settings import Settings
from core.webhooks.guarded import Forbidden, Guarded

_IDLE_S = 15.0
_CONNECTIONS = 64
_ANSWER_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a status, or why none did."""

    status: int | None = None
    error: str | None = None

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


class Post:
    """Connections to receivers, kept for a moment. Close it with `aclose()`."""

    def __init__(self, settings: Settings) -> None:
        self._timeout_s = settings.webhook_timeout_s
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=ssl.create_default_context(),
            max_connections=_CONNECTIONS,
            keepalive_expiry=_IDLE_S,
            network_backend=Guarded(private=settings.webhook_private),
        )

    async def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> Answer:
        """Send it. Never raises for what the receiver does."""
        timeout = dict.fromkeys(("connect", "read", "write", "pool"), self._timeout_s)
        sent = {"Content-Type": "application/json", "User-Agent": "mneme", "Content-Length": str(len(body)), **headers}
        pairs = [("Host", _host(url)), *sent.items()]
        try:
            async with asyncio.timeout(self._timeout_s):
                async with self._pool.stream("POST", url, headers=pairs, content=body, extensions={"timeout": timeout}) as answer:
                    await _drain(answer)
                    return _answer(answer.status)
        except TimeoutError:
            return Answer(error=f"no answer within {self._timeout_s:g} s")
        except httpcore.TimeoutException:
            return Answer(error=f"no answer within {self._timeout_s:g} s")
        except Forbidden as error:
            return Answer(error=str(error))
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError) as error:
            return Answer(error=f"{type(error).__name__}: {error}"[:200])

    async def aclose(self) -> None:
        await self._pool.aclose()


async def _drain(answer: httpcore.Response) -> None:
    """A short answer is read, so that its connection can be used again; a long one is left, and its connection closed."""
    size = 0
    async for chunk in answer.aiter_stream():
        size += len(chunk)
        if size > _ANSWER_BYTES:
            return


def _answer(status: int) -> Answer:
    if 300 <= status < 400:
        return Answer(status, "redirects are not followed")
    return Answer(status, None if 200 <= status < 300 else f"it answered {status}")


def _host(url: str) -> str:
    parsed = httpcore.URL(url)
    host = parsed.host.decode()
    host = f"[{host}]" if ":" in host else host
    default = {b"http": 80, b"https": 443}[parsed.scheme]
    return host if parsed.port in (None, default) else f"{host}:{parsed.port}"
