"""HTTP as cheap as a client can make it, so that a bench measures the server: one keep-alive connection, one request at a time."""

import asyncio
import json
from contextlib import suppress
from types import TracebackType
from typing import Any

from bench.install import Install


class Wire:
    """Calls of one connection. Opened by the first of them."""

    def __init__(self, port: int, key: str = "") -> None:
        self._port = port
        self._key = key
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    @classmethod
    def to(cls, install: Install) -> "Wire":
        return cls(install.port, install.key)

    async def __aenter__(self) -> "Wire":
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._streams is not None:
            self._streams[1].close()
            with suppress(ConnectionError):
                await self._streams[1].wait_closed()

    async def call(self, method: str, path: str, body: Any = None) -> Any:
        """The answer's JSON. A `body` of bytes goes as it is. A 429 is tried again when it says; any other failure raises RuntimeError."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        while True:
            try:
                status, headers, answer = await self._send(method, path, content)
            except (asyncio.IncompleteReadError, ConnectionError):  # it was idle, and the server closed it
                self._streams = None
                continue
            if status == 429:
                await asyncio.sleep(float(headers.get("retry-after", 1)))
            elif status >= 400:
                raise RuntimeError(f"{method} {path}: {status} {answer[:200]!r}")
            else:
                return json.loads(answer) if answer else None

    async def add(self, user: str, texts: list[str], *, infer: bool, wait: bool) -> Any:
        """POST /v1/memories/; the event's id where it is not waited for."""
        messages = [{"role": "user", "content": text} for text in texts]
        found = await self.call("POST", "/v1/memories/", {"messages": messages, "user_id": user, "infer": infer, "async_mode": not wait})
        results = found["results"] if isinstance(found, dict) and "results" in found else found
        return results if wait else (results[0] if isinstance(results, list) else results)["event_id"]

    async def search(self, user: str, text: str) -> Any:
        return await self.call("POST", "/v3/memories/search/", {"query": text, "filters": {"user_id": user}, "threshold": 0.0})

    async def _send(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Token {self._key}\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
        return int(lines[0].split()[1]), headers, await reader.readexactly(int(headers.get("content-length", 0)))
