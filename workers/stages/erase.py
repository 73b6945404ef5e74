"""Erase: a user is removed from every place. What it takes to go on after a crash is noted before anything is removed."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog

from core import erased
from core.erased import Notes
from core.store.erasing import Eraser
from schemas.erasure import KIND, Erasure
from schemas.errors import Unavailable
from schemas.event import UserErased
from schemas.ids import event_id
from schemas.maintenance import Job, Order
from schemas.receipt import Action, Verdict
from workers.erasure.needles import needles
from workers.erasure.place import Place, Whose
from workers.erasure.places import PLACES, counted
from workers.plan import Plan
from workers.shard import Shard

log = structlog.get_logger()

_IDS_MAX = 100_000
"""Memory ids that are noted: they are all that tells whose words stand in reports about many."""
_TEXTS_MAX = 500


async def erase(event: UserErased, shard: Shard, places: Sequence[Place] = PLACES) -> Plan:
    """Leave nothing of the user for anybody to read, order the rest, and tell what was found. May be cut short and run twice."""
    user, resources = event.scope.user, shard.resources
    if not user:
        raise ValueError("an erasure names a user")
    accepted_at = event.accepted_at or event.occurred_at
    whose = Whose(resources=resources, owner=event.scope.owner, user=user, accepted_at=accepted_at, shard=shard)
    await erased.mark(resources.redis, whose.subject)
    whose, counts = await _found(event.id, whose)
    for place in places:
        await place.erase(whose)
    await _keep(event, whose, counts, resources.clock())
    log.info("user.erased", event_id=event.id, **counts)
    return Plan(verdicts=[Verdict(action=Action.NONE, reason=f"erased: {count} {name}") for name, count in counts.items() if count])


async def _found(event: str, whose: Whose) -> tuple[Whose, dict[str, int]]:
    """The user's memories and what each place holds, as they were before the first try removed any."""
    redis = whose.resources.redis
    if await erased.noted(redis, event) is None:
        eraser = Eraser(whose.resources.store, whose.owner, whose.user)
        ids = await eraser.ids()
        found = await counted(replace(whose, ids=ids))
        texts = needles(await eraser.texts(_TEXTS_MAX))
        await erased.note(redis, event, Notes(user=whose.user, ids=sorted(ids)[:_IDS_MAX], counts=found, needles=texts))
    notes = await erased.noted(redis, event)
    if notes is None:
        raise Unavailable("Redis has lost what was noted", retry_after_s=1)
    return replace(whose, ids=frozenset(notes["ids"])), notes["counts"]


async def _keep(event: UserErased, whose: Whose, counts: Mapping[str, int], now: datetime) -> None:
    """The receipt first, then who makes it whole: the same run however often it is ordered."""
    resources = whose.resources
    if await resources.records.get(KIND, whose.owner, event.id) is None:
        erasure = Erasure(
            id=event.id,
            owner=whose.owner,
            subject=whose.subject,
            now=event.now,
            accepted_at=whose.accepted_at,
            erased_at=now,
            counts=dict(counts),
        )
        await resources.records.put(KIND, whose.owner, event.id, erasure.model_dump_json())
    order = Order(job=Job.ERASURE, owner=whose.owner, erasure=event.id)
    await resources.jobs.start(order, slot=event_id("erasure", event.id))
