"""Profiles: an owner's settings for them, and each user's as it was made last; kept as records."""

from core.store.records import Records
from schemas.profile import Profile, ProfileSettings

_PROFILE, _SETTINGS = "profile", "profile-settings"


class Profiles:
    """Of one user the profile written last stands."""

    def __init__(self, records: Records) -> None:
        self._records = records

    async def settings(self, owner: str) -> ProfileSettings:
        row = await self._records.get(_SETTINGS, owner, _SETTINGS)
        return ProfileSettings.model_validate_json(row.body) if row else ProfileSettings()

    async def configure(self, owner: str, settings: ProfileSettings) -> None:
        await self._records.put(_SETTINGS, owner, _SETTINGS, settings.model_dump_json())

    async def get(self, owner: str, user: str) -> Profile | None:
        """The user's profile; None where none was made."""
        row = await self._records.get(_PROFILE, owner, user)
        return Profile.model_validate_json(row.body) if row else None

    async def put(self, owner: str, profile: Profile) -> None:
        await self._records.put(_PROFILE, owner, profile.user, profile.model_dump_json())

    async def forget(self, owner: str, users: frozenset[str] | None) -> None:
        """Forget these users' profiles; None: all of the owner's. They are made anew when they are asked for."""
        if users is None:
            await self._records.clear(owner, _PROFILE)
        for user in users or ():
            if await self._records.get(_PROFILE, owner, user) is not None:
                await self._records.delete(_PROFILE, owner, user)
