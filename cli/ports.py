"""The web process' address: free before anything starts, ready once it answers."""

import asyncio
import errno
import socket

from cli.refusal import Refused

_REACHABLE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - listened on by whoever asks for it, never by default


def check_free(host: str, port: int) -> None:
    """Raises Refused where the address cannot be listened on."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Refused(
                f"port {port} on {host} is taken by another program; stop it, or choose another: mneme up --port {port + 1}"
            ) from error
        raise Refused(f"cannot listen on {host}:{port}: {error.strerror or error}") from error


def base_url(host: str, port: int) -> str:
    """Where a client on this machine reaches it."""
    reachable = _REACHABLE.get(host, host)
    return f"http://[{reachable}]:{port}" if ":" in reachable else f"http://{reachable}:{port}"


async def ready(host: str, port: int) -> tuple[bool, str]:
    """Whether GET /ready says 200, and what it said."""
    request = f"GET /ready HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode()
    try:
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection(_REACHABLE.get(host, host), port)
            try:
                writer.write(request)
                head, _, body = (await reader.read()).partition(b"\r\n\r\n")
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False, "no answer yet"
    return head.split(b" ", 2)[1:2] == [b"200"], body.decode(errors="replace").strip()
