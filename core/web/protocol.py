"""The connections themselves: what a client that never finishes its sentence may hold of ours, before any app is asked."""

import asyncio
from asyncio.events import TimerHandle

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HEAD_MAX_BYTES = 64 * 1024
"""Longest request line with its headers, and longest anything else that is neither: a chunk's extension, trailers. A read more at most."""
SILENCE_S = 30.0
"""How long a request's head may take, and the rest of a body that was answered already."""
_TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedProtocol(HttpToolsProtocol):
    """uvicorn's, which by itself waits for ever for a head without end. Bodies are the apps' own matter: BodyBound, Deadline."""

    silence_s = SILENCE_S

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._patience: TimerHandle | None = None
        self._unread = 0
        self._got_on = False
        self._in_head = True
        self._wait_for_client()

    def connection_lost(self, exc: Exception | None) -> None:
        self._wait_no_more()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._got_on = False
        super().data_received(data)
        self._unread = 0 if self._got_on else self._unread + len(data)
        if self._unread > HEAD_MAX_BYTES:
            self._end(_TOO_LARGE)
        elif self._in_head and self._patience is None:
            self._wait_for_client()

    def on_message_begin(self) -> None:
        self._in_head = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # trailers would join the headers of a request that was let in already
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head, self._got_on = False, True
        self._wait_no_more()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._got_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._got_on = True
        if self.cycle is not None and self.cycle.response_complete:
            self._wait_no_more()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        if self.cycle.more_body:
            self._wait_for_client()
        super().on_response_complete()

    def _wait_for_client(self) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(self.silence_s, self._end, _TOO_SLOW)

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _end(self, word: bytes) -> None:
        """Closes the connection; with a word where no answer is under way."""
        self._wait_no_more()
        if not self.transport.is_closing():
            if self.cycle is None or (self.cycle.response_complete and self._in_head):
                self.transport.write(word)
            self.transport.close()
