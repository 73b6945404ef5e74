"""Guarded: connections for webhooks. The address that was looked at is the one that is connected to."""

from collections.abc import Iterable
from typing import Any

import httpcore

from core.webhooks.addresses import is_public, resolve


class Forbidden(httpcore.ConnectError):
    """The host has an address that may not be reached."""


class Guarded(httpcore.AsyncNetworkBackend):
    """Connects only where it may: the name is looked up once, every address is checked, and what was checked is connected to."""

    def __init__(self, *, private: bool) -> None:
        self._private = private
        self._net = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        try:
            addresses = await resolve(host, port)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise httpcore.ConnectError(f"the host {host} is not found") from error
        if not self._private and not all(map(is_public, addresses)):
            raise Forbidden(f"{host} has a private address")
        return await self._net.connect_tcp(addresses[0], port, timeout, local_address, socket_options)

    async def connect_unix_socket(self, *args: Any, **options: Any) -> httpcore.AsyncNetworkStream:
        raise Forbidden("no socket files")

    async def sleep(self, seconds: float) -> None:
        await self._net.sleep(seconds)
