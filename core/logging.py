"""Logs: structlog, one line an event named `noun.verb_past`. Never memory text, and no key, at INFO or above."""

import logging
import sys
import traceback
from collections.abc import Callable
from typing import Any, TextIO

import orjson
import structlog
from structlog.typing import EventDict, Processor

from core.settings import Settings
from schemas.errors import Poison, Refused, TooManyRequests, Unavailable, Unreadable

_FRAMES = 6
_LIBRARIES = ("uvicorn", "uvicorn.error", "uvicorn.access", "arq", "faststream")
"""Libraries that bring handlers of their own."""
_LOUD = {"httpx": "WARNING", "httpcore": "WARNING", "LiteLLM": "WARNING", "uvicorn.access": "WARNING", "arq.worker": "WARNING"}
"""Loggers that write a line a call, some with what was said in it: we write our own."""


def configure_logging(settings: Settings, stream: TextIO | None = None) -> None:
    """Send our lines and the libraries' to `stream` (stderr where None), in the settings' format and level."""
    out = stream or sys.stderr
    shared = _shared()
    render = _renderers(settings.log_format, colors=out.isatty())
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(settings.log_level),
        logger_factory=structlog.WriteLoggerFactory(file=out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[_without_record, *render]))
    _route_libraries(handler, settings.log_level)


def told(error: BaseException) -> str:
    """What went wrong, for a line of the log: of our own errors what we say ourselves, of others their kind.

    The rest of their words may quote a memory, a body or a URL with a password in it.
    """
    if isinstance(error, Unavailable | Unreadable | Refused | Poison | TooManyRequests):
        return error.brief
    about = error.strerror if isinstance(error, OSError) else None
    return f"{type(error).__name__}: {about}" if about else type(error).__name__


def places(error: BaseException) -> list[str]:
    """Where it happened, outermost first, the last few."""
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)][-_FRAMES:]


def correlation_id() -> str | None:
    """The id of the request or job being served, as bound by the front door or the worker; None outside of one."""
    value = structlog.contextvars.get_contextvars().get("correlation_id")
    return value if isinstance(value, str) else None


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        _without_words,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _without_words(logger: Any, name: str, line: EventDict) -> EventDict:
    """Of an exception its kind and the places; its words, and those of a library's line that repeats them, are for DEBUG."""
    error = _error_in(line)
    if error is not None and line.get("level") != "debug":
        del line["exc_info"]
        line.setdefault("error", told(error))
        line["at"] = places(error)
        if words := str(error):
            line["event"] = str(line.get("event", "")).replace(words, "…")
    return line


def _error_in(line: EventDict) -> BaseException | None:
    given = line.get("exc_info")
    if isinstance(given, tuple):
        given = given[1]
    return sys.exc_info()[1] if given is True else given if isinstance(given, BaseException) else None


def _renderers(log_format: str, *, colors: bool) -> list[Processor]:
    if log_format == "json":
        return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(_as_json)]
    return [structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)]


def _as_json(line: EventDict, default: Callable[[Any], Any] = repr, **_: Any) -> str:
    return orjson.dumps(line, default=default).decode()


def _without_record(logger: Any, name: str, line: EventDict) -> EventDict:
    return structlog.stdlib.ProcessorFormatter.remove_processors_meta(logger, name, line)


def _route_libraries(handler: logging.Handler, level: str) -> None:
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name in _LIBRARIES:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [], True
    for name, least in _LOUD.items():
        logging.getLogger(name).setLevel(least)
