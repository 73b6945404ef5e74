"""Accepting many events of which some may not do: the others are not to suffer for it."""

from collections.abc import Mapping

import structlog

from core.resources import Resources
from ingest.accept import accept
from schemas.errors import LimitReached, MnemeError, Poison, TooManyRequests, Unavailable
from schemas.event import Event

log = structlog.get_logger()


async def accept_each(resources: Resources, events: Mapping[int, Event]) -> Mapping[int, MnemeError]:
    """Refusals by place; all others are durable.

    Raises TooManyRequests when there was no room for some, Unavailable; sending all of them again is safe after each.
    """
    try:
        await accept(resources, list(events.values()), wait=False)
    except Unavailable:
        raise
    except Exception:  # because of one of them
        return await _one_by_one(resources, events)
    return {}


def refusal_of(error: Exception) -> MnemeError:
    """Why a message is refused, in words that hold nothing of it. Raises what is no fault of the message."""
    if isinstance(error, TooManyRequests | Unavailable):
        raise error
    if isinstance(error, MnemeError):
        return error
    log.error("message.failed", error=type(error).__name__)
    log.debug("message.failed_because", exc_info=error)
    return Poison(f"it could not be handled: {type(error).__name__}")


async def _one_by_one(resources: Resources, events: Mapping[int, Event]) -> Mapping[int, MnemeError]:
    """In order: after one that found no room, its subject's others wait with it."""
    refusals: dict[int, MnemeError] = {}
    full: dict[str, TooManyRequests] = {}  # by subject
    for place, event in events.items():
        if event.subject in full:
            continue
        try:
            await accept(resources, [event], wait=False)
        except LimitReached as used_up:  # only the account's owner can make room: nobody waits for that
            refusals[place] = used_up
        except TooManyRequests as no_room:
            full[event.subject] = no_room
        except Exception as error:
            refusals[place] = refusal_of(error)
    if full:
        raise next(iter(full.values()))
    return refusals
