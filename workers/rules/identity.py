"""Identity: under which ids imported things are kept. Their own, unless these are somebody else's here."""

from collections.abc import Callable, Set
from dataclasses import dataclass

from schemas.event import MemoriesImported
from schemas.ids import adopted_id

Holders = Callable[[str], Set[str]]
"""By id, who has a thing of it."""


@dataclass(frozen=True, slots=True)
class Identity:
    """The ids that the things of a subject get; the same each time, also once whoever has theirs is gone."""

    subject: str
    shard: int

    def candidates(self, given: str) -> tuple[str, str]:
        """The id it came with, and the one it gets where that is another's."""
        return given, adopted_id(self.subject, given, self.shard)

    def own(self, given: str, holder: str, holders: Holders) -> str:
        """The id under which `holder` keeps what came with this one; `holders` knows the candidates'."""
        _, adopted = self.candidates(given)
        if holder in holders(adopted):
            return adopted
        there = holders(given)
        return adopted if there and holder not in there else given


def candidates_of(event: MemoriesImported, shard: int) -> tuple[set[str], set[str]]:
    """The ids of memories and those of changes whose holders must be known to restore what the event brings."""
    identity = Identity(event.subject, shard)
    changes = [*event.changes, *(change for restored in event.memories for change in restored.history)]
    named = {change.memory_id for change in event.changes} | {restored.memory.id for restored in event.memories}
    named |= {successor for restored in event.memories if (successor := restored.memory.superseded_by)}
    return _candidates(identity, named), _candidates(identity, {change.id for change in changes})


def _candidates(identity: Identity, given: set[str]) -> set[str]:
    return {one for each in given for one in identity.candidates(each)}
