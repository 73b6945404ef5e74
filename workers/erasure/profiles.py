"""Profiles: what was made of a user's memories, a record a user."""

from workers.erasure.place import Place, Whose


async def _holds(whose: Whose) -> dict[str, int]:
    profile = await whose.resources.profiles.get(whose.owner, whose.user)
    return {"profiles": int(profile is not None and (profile.made_at is None or whose.is_old(profile.made_at)))}


async def _erase(whose: Whose) -> None:
    if (await _holds(whose))["profiles"]:
        await whose.resources.profiles.forget(whose.owner, frozenset({whose.user}))


PROFILES = Place(holds=_holds, erase=_erase, tables=("records",))
