"""Closing: what is told when the process is asked to stop, before the server waits for open connections to end."""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def told_to_close(close: Callable[[], None]) -> Iterator[None]:
    """While the block runs, SIGTERM and SIGINT call `close` on the loop, besides what the server does about them.

    A lifespan ends only after the last connection: too late for a stream that has no end of its own.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def handle(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(close)
        first: Any = before[signal.Signals(number)]
        if callable(first):
            first(number, frame)

    ours = {number: signal.signal(number, handle) for number, first in before.items() if callable(first)}
    try:
        yield
    finally:
        for number, first in ours.items():
            if signal.getsignal(number) is handle:
                signal.signal(number, first)
