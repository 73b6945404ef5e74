"""A user's profile as it can be shown now: what does not hold any more is not shown, and made anew."""

from contextlib import suppress

from core.resources import Resources
from ingest.profiles import known_user, refreshed
from schemas.errors import NotFound, TooManyRequests
from schemas.maintenance import RunStatus
from schemas.profile import NEWS, Profile
from schemas.search import Condition, Selection, both


async def profile_of(owner: str, user: str, resources: Resources) -> Profile:
    """The profile, or why there is none. Raises NotFound for a user without memories; then nothing is kept of them either."""
    if not (await resources.profiles.settings(owner)).ready:
        return Profile(user=user, status="not_enabled")
    known = await resources.profiles.get(owner, user)
    try:
        total = await known_user(resources, owner, user)
    except NotFound:
        await resources.profiles.forget(owner, frozenset({user}))
        raise
    if known is None:
        return await _pending(owner, user, None, resources)
    if known.status == "failed":
        return known
    unchanged = await _unchanged(owner, known, resources)
    if unchanged < known.memories:  # some that it may rest on were changed or are gone
        return await _pending(owner, user, known, resources)
    news = total - unchanged
    if news >= NEWS or (news and known.status == "insufficient_data"):
        with suppress(TooManyRequests):
            await refreshed(resources, owner, user, known)
    return known


async def _unchanged(owner: str, known: Profile, resources: Resources) -> int:
    before = Condition(field="updated_at", op="lte", value=known.made_at.isoformat() if known.made_at else None)
    return await resources.reader.count(Selection(owner=owner, where=both(Condition(field="user", value=known.user), before)))


async def _pending(owner: str, user: str, known: Profile | None, resources: Resources) -> Profile:
    count = known.generation if known else 0
    try:
        run = await refreshed(resources, owner, user, known)
    except TooManyRequests:  # whoever asks again finds room
        return Profile(user=user, status="pending", generation=count)
    if run.status is RunStatus.FAILED:
        return Profile(user=user, status="failed", error=run.error, generation=count)
    return Profile(user=user, status="pending", made_at=known.made_at if known else None, generation=count)
