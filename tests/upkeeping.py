"""Upkeep by a clock of the test's own."""

from core.store.connection import Store
from core.store.upkeep import KEEP_VERSIONS, Upkeep


class Watch:
    """A clock that goes on as far as it is told, and by `step` whenever it is looked at."""

    def __init__(self, step: float = 0.0) -> None:
        self.now, self.step = 1_000.0, step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


def long_started(store: Store) -> Upkeep:
    """Of a process that has run for so long that every table is due."""
    watch = Watch()
    upkeep = Upkeep(store, monotonic=watch)
    watch.now += KEEP_VERSIONS.total_seconds() + 1
    return upkeep
