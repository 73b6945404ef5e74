"""Plan: how much an account may store, search and spend, and when a window of it begins anew."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final


class Metered(StrEnum):
    """What is counted as it is used."""

    SEARCHES = "searches"
    TOKENS = "tokens"
    """Prompt and completion tokens of all that the chat model is asked, as the provider reports them; embeddings are not counted."""


class Window(StrEnum):
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `count` in a window of the calendar, UTC."""

    count: int
    window: Window


@dataclass(frozen=True, slots=True)
class Plan:
    """None: no limit."""

    name: str
    memories: int | None = None
    """Active ones."""
    searches: Quota | None = None
    tokens: Quota | None = None

    def quota(self, what: Metered) -> Quota | None:
        return self.searches if what is Metered.SEARCHES else self.tokens


PLANS: Final[Mapping[str, Plan]] = {
    plan.name: plan
    for plan in (
        Plan("none"),
        Plan("free", 1_000, Quota(100, Window.DAY), Quota(100_000, Window.MONTH)),
        Plan("starter", 100_000, Quota(1_000, Window.MONTH), Quota(1_000_000, Window.MONTH)),
        Plan("pro", 1_000_000, Quota(10_000, Window.MONTH), Quota(10_000_000, Window.MONTH)),
        Plan("enterprise"),
    )
}
"""By name."""
INSTALLS: Final = "default"
"""Stored of an owner in place of a plan: whatever plan the install's settings name."""


@dataclass(frozen=True, slots=True)
class Used:
    """How much of something is used. `limit` None: there is none; `window` None: it is not counted by time."""

    used: int
    limit: int | None
    window: Window | None = None
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Usage:
    """An account's plan, and how much of it is used."""

    plan: str
    memories: Used
    searches: Used
    tokens: Used


def begins(window: Window, now: datetime) -> datetime:
    """When the window that `now` lies in began, UTC."""
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day if window is Window.DAY else day.replace(day=1)


def ends(window: Window, now: datetime) -> datetime:
    """When the next one begins."""
    start = begins(window, now)
    return start + timedelta(days=1) if window is Window.DAY else (start + timedelta(days=31)).replace(day=1)
