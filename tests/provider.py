"""A stand-in for a sign-in provider: publishes its keys on a loopback port of its own."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any


class Provider:
    """Answers every request with `keys` as a JWK set, or with `body` where that is set; counts how often it was asked."""

    def __init__(self, keys: list[dict[str, Any]]) -> None:
        self.keys = keys
        self.body: bytes | None = None
        self.status = 200
        self.asked = 0
        self.url = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Provider"]:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/.well-known/jwks.json"
            server = await asyncio.start_server(self._answer, sock=listener)
            yield self
            server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        body = json.dumps({"keys": self.keys}).encode() if self.body is None else self.body
        writer.write(f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)
        await writer.drain()
        writer.close()
