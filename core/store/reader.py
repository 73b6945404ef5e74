"""Reader: everything that may be read of memories, each read seeing every commit made before it."""

from collections.abc import Sequence
from datetime import datetime

from core.clock import Clock, system_clock
from core.store import entities, history, links, paging, search, tally
from core.store.connection import Store
from core.store.engine import together
from core.store.links import Link
from core.store.nearest import Sought
from core.store.paging import by_ids
from core.store.promising import Shortlist
from core.store.rows import Vector
from core.store.scale import Scale
from schemas.memory import Change, Memory
from schemas.search import Candidate, Entity, Page, Selection, Tally


class Reader:
    """Reads of one store. An empty owner reads nothing, and no owner reads another's. All may raise Unavailable."""

    def __init__(self, store: Store, *, clock: Clock = system_clock) -> None:
        self._store = store
        self._clock = clock
        self._scale = Scale()

    async def get(self, owner: str, ids: Sequence[str]) -> list[Memory]:
        """The owner's memories of these ids, in any state, in the order of the ids; unknown ones are left out."""
        wanted = list(dict.fromkeys(ids)) if owner else []
        found = await self._at_likely_places(owner, wanted)
        missing = [memory_id for memory_id in wanted if memory_id not in found]
        if missing:
            shards = range(self._store.shards)
            rest = await together(*(by_ids(self._store, shard, owner, missing) for shard in shards))
            found |= {memory.id: memory for part in rest for memory in part}
        return [found[memory_id] for memory_id in wanted if memory_id in found]

    async def _at_likely_places(self, owner: str, ids: Sequence[str]) -> dict[str, Memory]:
        places: dict[int, list[str]] = {}
        for memory_id in ids:
            likely, _ = self._store.shards_of_id(memory_id)
            if likely is not None:
                places.setdefault(likely, []).append(memory_id)
        found = await together(*(by_ids(self._store, shard, owner, there) for shard, there in places.items()))
        return {memory.id: memory for part in found for memory in part}

    async def search(
        self, selection: Selection, vector: Sought, text: str | None, limit: int, shortlist: Shortlist | None = None
    ) -> list[Candidate]:
        """Up to `limit` memories nearest to the (dim,) unit vector, and up to `limit` that best match the words of `text`.

        One list of both, nearest first; each with its cosine (0 without a vector) and its raw BM25 score.
        A vector that is still being made may come as a future; what it raises is raised here. With a `shortlist`, of a large user
        the most promising of these.
        """
        return await search.search(self._store, self._scale, selection, vector, text, limit, self._clock(), shortlist)

    async def page(
        self,
        selection: Selection,
        *,
        newest_first: bool = True,
        offset: int = 0,
        limit: int = 100,
        after: tuple[datetime, str] | None = None,
    ) -> Page:
        """Memories by creation, then id: `limit` from `offset` on, or after the row of (created_at, id); and the total."""
        now = self._clock()
        return await paging.page(self._store, selection, now, newest_first=newest_first, offset=offset, limit=limit, after=after)

    async def vectors(self, owner: str, ids: Sequence[str]) -> dict[str, Vector]:
        """By id, the (dim,) vectors of the owner's memories of these ids; unknown ones are left out."""
        return await paging.vectors(self._store, owner, ids) if owner else {}

    async def count(self, selection: Selection) -> int:
        """How many memories the selection means."""
        return await paging.count(self._store, selection, self._clock())

    async def tally(self, selection: Selection) -> Tally:
        """The selection's memories summed up. Reads all of them: seconds for a million."""
        return await tally.tally(self._store, selection, self._clock())

    async def entities(self, owner: str) -> list[Entity]:
        """The users, agents, apps and runs that have active memories, by kind, then by name."""
        return await entities.entities(self._store, owner, self._clock())

    async def links(self, owner: str, memory_id: str) -> list[Link]:
        """The active memories of the same subject that link optimisation found near to it, the nearest first."""
        found = await self.get(owner, [memory_id])
        return await links.read_links(self._store, found[0]) if found else []

    async def history(self, owner: str, memory_id: str) -> list[Change]:
        """A memory's changes, oldest first, also of one that was deleted."""
        return await history.read_history(self._store, owner, memory_id)
