"""Addresses: which ones a webhook may reach."""

import asyncio
import ipaddress
import socket

from schemas.errors import BadInput

_RESOLVE_S = 5.0
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
"""How networks without IPv4 write its addresses."""


def is_public(address: str) -> bool:
    """Whether it is an address of the open internet: not private, loopback, link-local, multicast or reserved, nor one of these in IPv6."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)))
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo or (None, None))[1]
        if inner is not None and not is_public(str(inner)):
            return False
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


async def resolve(host: str, port: int) -> list[str]:
    """The host's addresses, as this machine finds them. Raises OSError or TimeoutError."""
    async with asyncio.timeout(_RESOLVE_S):
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(row[4][0]) for row in found))


async def check(host: str, port: int, *, private: bool) -> None:
    """Raises BadInput for a host whose addresses may not be reached. One that can't be found now is looked at when it is sent to."""
    try:
        addresses = await resolve(host, port)
    except (OSError, TimeoutError, UnicodeError):
        return
    if not private and not all(map(is_public, addresses)):
        raise BadInput("url: it points at a private address; MNEME_WEBHOOK_PRIVATE=true would allow that")
