"""Lifecycle events on their way out: each owner's stream, for those who read it over HTTP, and the outbox of brokers and webhooks."""

from core.lifecycle.following import Following
from core.lifecycle.outbox import Outbox, Waiting, waiting
from core.lifecycle.stream import BEGINNING, Told, newest, page, place_in

__all__ = ["BEGINNING", "Following", "Outbox", "Told", "Waiting", "newest", "page", "place_in", "waiting"]
