"""Projects: what accounts have configured, remembered for a short while by each process, forgotten at once when it changes."""

import asyncio
import secrets
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from redis.asyncio import Redis

from core.clock import Clock, system_clock
from core.issuing import revoke_key
from core.redis import redis_errors
from core.store.keys import Keys
from core.store.records import Record, Records
from schemas.errors import NotFound, TooManyRequests, Unavailable
from schemas.ids import new_id
from schemas.project import HOME, Project, ProjectSettings, place_of, pool_of

PROJECTS_MAX = 100
"""Most projects of an account, besides its first."""
FRESH_S = 0.02
"""How old a process' view of "something has changed" may be; a change waits so long before it is answered."""
_GENERATION = "mneme:projects:generation"
_KIND = "project"
_REMEMBERED_MAX = 10_000
_LOCK_S = 30


class Projects:
    """One process' view of the projects. An add asks nobody but its own process, but for one question to Redis every FRESH_S."""

    def __init__(
        self,
        records: Records,
        keys: Keys,
        redis: Redis,
        *,
        clock: Clock = system_clock,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._records = records
        self._keys = keys
        self._redis = redis
        self._clock = clock
        self._now = now
        self._known: OrderedDict[str, Project | None] = OrderedDict()
        self._generation: bytes | None = None
        self._checked = float("-inf")
        self._checking = asyncio.Lock()

    async def settings(self, pool: str) -> ProjectSettings:
        """What adds to this owner's memories are given."""
        project = await self.find(*place_of(pool))
        return project.settings if project else ProjectSettings()

    async def find(self, account: str, project_id: str) -> Project | None:
        """The account's project; None where it has none of this id. HOME is always there."""
        await self._freshen()
        pool = pool_of(account, project_id)
        if pool in self._known:
            self._known.move_to_end(pool)
            return self._known[pool]
        generation, project = self._generation, await self._read(account, project_id)
        if self._generation == generation:  # what changed meanwhile is not remembered as it was
            self._known[pool] = project
            if len(self._known) > _REMEMBERED_MAX:
                self._known.popitem(last=False)
        return project

    async def all(self, account: str) -> Sequence[Project]:
        """The account's projects: HOME, then the oldest first."""
        rows = await self._records.page(_KIND, account, limit=PROJECTS_MAX + 1)
        home = await self._read(account, HOME)
        return [project for project in (home, *(_project(row) for row in rows if row.id != HOME)) if project is not None]

    async def create(self, account: str, name: str, description: str | None) -> Project:
        """A new project, with no memories. Raises TooManyRequests for one over PROJECTS_MAX."""
        if len(await self.all(account)) > PROJECTS_MAX:
            raise TooManyRequests(f"an account may have {PROJECTS_MAX} projects", retry_after_s=3_600)
        now, project_id = self._clock(), f"proj_{secrets.token_hex(12)}"
        project = Project(id=project_id, account=account, name=name, description=description, created_at=now, updated_at=now)
        await self._keys.create_owner(project.pool, f"{account}: {name}")
        await self._put(project)
        return project

    async def change(self, account: str, project_id: str, changed: Callable[[Project], Project]) -> Project:
        """The project as `changed` makes it, in every process when this returns. Raises NotFound, and what `changed` raises."""
        async with self._alone(account, project_id):
            project = await self._read(account, project_id)
            if project is None:
                raise NotFound(f"no project {project_id[:100]}")
            project = changed(project).model_copy(update={"updated_at": self._clock()})
            await self._put(project)
            return project

    async def remove(self, account: str, project_id: str) -> None:
        """Forget a project and all that was configured in it; its keys open nothing any more. Its memories are not touched."""
        pool = pool_of(account, project_id)
        for key in await self._keys.list(pool):
            await revoke_key(self._keys, self._redis, pool, key.id)
        await self._records.delete(_KIND, account, project_id)
        await self._records.clear(pool)
        await self._announce()

    async def _put(self, project: Project) -> None:
        await self._records.put(_KIND, project.account, project.id, project.model_dump_json())
        await self._announce()

    async def _announce(self) -> None:
        with redis_errors():
            await self._redis.set(_GENERATION, new_id())
        await asyncio.sleep(FRESH_S)

    async def _read(self, account: str, project_id: str) -> Project | None:
        row = await self._records.get(_KIND, account, project_id)
        if row is not None or project_id != HOME:
            return _project(row) if row else None
        owner = await self._keys.find_owner(account)
        made = owner.created_at if owner else self._clock()
        return Project(id=HOME, account=account, name=HOME, created_at=made, updated_at=made)

    async def _freshen(self) -> None:
        asked = self._now()
        if asked - self._checked < FRESH_S:
            return
        async with self._checking:
            if self._checked >= asked:
                return
            started = self._now()
            with redis_errors():
                generation = await self._redis.get(_GENERATION)
            if generation != self._generation:
                self._known.clear()
            self._generation, self._checked = generation, started

    @asynccontextmanager
    async def _alone(self, account: str, project_id: str) -> AsyncIterator[None]:
        """Of two changes at once one waits for the other, so that neither is lost."""
        lock = self._redis.lock(f"mneme:project:{pool_of(account, project_id)}", timeout=_LOCK_S, blocking_timeout=_LOCK_S / 3)
        with redis_errors():
            if not await lock.acquire():
                raise Unavailable("the project is being changed by somebody else", retry_after_s=1)
        try:
            yield
        finally:
            if await lock.owned():
                await lock.release()


def _project(row: Record) -> Project:
    return Project.model_validate_json(row.body)
