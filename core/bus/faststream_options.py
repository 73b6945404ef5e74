"""What is the same for all of FastStream's brokers: how they log and stop, and that messages are handed over as they came."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any, Protocol

import structlog
from faststream.message import StreamMessage

log = structlog.get_logger()

_STOP_S = 1.0
"""How long a stopping broker waits for what is being taken: what is not acknowledged comes again."""


class _Broker(Protocol):
    async def stop(self) -> None: ...


class BrokerLog:
    """FastStream's lines in our words. Its warnings and errors only: it has a line for every message, and puts bodies into some."""

    def __init__(self, broker: str) -> None:
        self._broker = broker

    def log(self, level: int, msg: Any, /, *, exc_info: Any = None, extra: Mapping[str, Any] | None = None) -> None:
        if level >= logging.WARNING:
            error = exc_info if isinstance(exc_info, BaseException) else None
            log.warning("broker.complained", broker=self._broker, error=type(error).__name__ if error else str(msg)[:200])


def options(name: str) -> dict[str, Any]:
    """For the constructor of any FastStream broker; handlers then get the message itself, undecoded."""
    return {
        "logger": BrokerLog(name),
        "log_level": logging.DEBUG,
        "apply_types": False,
        "graceful_timeout": _STOP_S,
        "decoder": _undecoded,
    }


async def stop(broker: _Broker) -> None:
    """Leaves the broker, also one that is away."""
    try:
        async with asyncio.timeout(_STOP_S + 3):
            await broker.stop()
    except Exception as error:  # each library has a tree of its own
        log.debug("broker.left_unwell", error=type(error).__name__)


async def _undecoded(message: StreamMessage[Any]) -> StreamMessage[Any]:
    return message
