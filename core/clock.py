"""The clock: the only place that asks for the time, so that a test can set it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Now, aware, UTC."""
    return datetime.now(UTC)
