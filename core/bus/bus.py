"""Bus: one broker as we use it, whichever it is."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from core.bus.delivery import Letter, Publish, Take


class Letters(Protocol):
    """What lies in a broker's dead letters."""

    async def list(self, limit: int) -> tuple[Sequence[Letter], int]:
        """At most `limit` of them, the newest first where the broker can, and how many there are."""

    async def replay(self, ids: Sequence[str] | None) -> int:
        """Publish them again as they came and remove them; None: all. Gives how many there were."""

    async def drop(self, ids: Sequence[str] | None) -> int:
        """Remove them; None: all. Gives how many there were."""


class Bus(Protocol):
    """A broker. A message is acknowledged once `take` has said what became of it; one that is refused is buried before."""

    name: str
    """redis, rabbit, nats or kafka, numbered where there are several of a kind."""

    def consuming(self, take: Take) -> AbstractAsyncContextManager[None]:
        """What is published is taken while the block runs. Raises what the broker's library raises while the broker is away."""

    async def alive(self) -> bool:
        """Whether it still consumes; for within the block."""

    def publishing(self) -> AbstractAsyncContextManager[Publish]:
        """What publishes lifecycle events while the block runs. Raises what the broker's library raises while the broker is away."""

    def letters(self) -> AbstractAsyncContextManager[Letters]:
        """Its dead letters. Raises Refused where the broker can't hand out single messages."""
