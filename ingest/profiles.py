"""Profiles ordered: by a client, or because somebody asks for one that is not there or is old."""

from collections.abc import Callable

from core.resources import Resources
from schemas.errors import BadInput, NotFound, TooManyRequests
from schemas.ids import event_id
from schemas.maintenance import Job, Order, Run
from schemas.profile import Profile
from schemas.search import Condition, Selection

UNFINISHED_MAX = 20
"""Most jobs of an owner that wait or work at once."""
_AGAIN_S = 600
"""A profile that was asked for is made anew at most so often by itself."""


async def ordered(resources: Resources, owner: str, job_id: str, order: Callable[[], Order]) -> tuple[Run, bool]:
    """The run of this id, and whether it was there before. Raises TooManyRequests when too many of the owner's wait."""
    try:
        return await resources.jobs.get(owner, job_id), True
    except NotFound:
        unfinished = [run for run in await resources.jobs.unfinished() if (run.order.owner, run.order.job) == (owner, Job.PROFILES)]
        if len(unfinished) >= UNFINISHED_MAX:
            raise TooManyRequests("too many profiles are being made already", retry_after_s=10) from None
        return await resources.jobs.start(order(), slot=job_id), False


async def refreshed(resources: Resources, owner: str, user: str, known: Profile | None) -> Run:
    """The run that makes the user's profile anew; asked again soon, it is the same one."""
    turn = int(resources.clock().timestamp() // _AGAIN_S)
    slot = event_id(owner, f"profile/{known.generation if known else 0}/{turn}/{user}")
    run, _ = await ordered(resources, owner, slot, lambda: Order(job=Job.PROFILES, owner=owner, users=(user,)))
    return run


async def check_ready(resources: Resources, owner: str) -> None:
    """Nothing, or BadInput: profiles are off, or have no schema."""
    if not (await resources.profiles.settings(owner)).ready:
        raise BadInput("profiles are not enabled: POST /v2/profiles/settings/ with enabled: true and a schema")


async def known_user(resources: Resources, owner: str, user: str) -> int:
    """How many memories the user has. Raises NotFound for one without any."""
    count = await resources.reader.count(Selection(owner=owner, where=Condition(field="user", value=user)))
    if not count:
        raise NotFound(f"no user {user[:200]!r} has memories here")
    return count
