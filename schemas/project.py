"""Project: a pool of memories of its own within an account, and the settings that adds to it are given."""

import re
from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from schemas.event import MessagesReceived

HOME: Final = "default"
"""The project every account has: its memories are those that all dialects read and write with the account's keys."""
_POOL = re.compile(r"(?P<account>.+):(?P<project>proj_[0-9a-f]{24})", re.DOTALL)
_IN_A_PATH = re.compile(r"[\w.@+~:-]+", re.ASCII)

Role = Literal["READER", "OWNER"]


class Member(BaseModel):
    """Somebody a project lists. Access is by key: a member has none by being listed."""

    model_config = ConfigDict(frozen=True)

    email: str
    role: Role


class ProjectSettings(BaseModel):
    """What later adds are given where they say nothing themselves; and, from `multilingual` on, what is only kept and given back."""

    model_config = ConfigDict(frozen=True)

    custom_instructions: str | None = None
    agent_custom_instructions: str | None = None
    """Of adds that name an agent and no user."""
    custom_categories: tuple[str | dict[str, str], ...] | None = None
    """Names, or {name: description}."""
    inclusion_prompt: str | None = None
    exclusion_prompt: str | None = None
    multilingual: bool | None = None
    decay: bool | None = None
    memory_depth: str | None = None
    usecase_setting: str | None = None
    retrieval_criteria: tuple[dict[str, Any], ...] | None = None
    enable_graph: bool | None = None
    version: str | None = None

    @property
    def categories(self) -> Mapping[str, str] | None:
        """name -> description; None where the default ones hold."""
        parts = [{one: ""} if isinstance(one, str) else one for one in self.custom_categories or ()]
        return {name: about for part in parts for name, about in part.items()} or None

    def filled(self, event: MessagesReceived) -> MessagesReceived:
        """The event with these settings wherever it says nothing itself: from here on it says everything."""
        given: dict[str, Any] = {"categories": self.categories}
        if event.infer:
            of_agent = self.agent_custom_instructions if event.scope.agent and not event.scope.user else None
            instructions = of_agent or self.custom_instructions
            given |= {"instructions": instructions, "includes": self.inclusion_prompt, "excludes": self.exclusion_prompt}
        missing = {name: value for name, value in given.items() if value is not None and getattr(event, name) is None}
        return event.model_copy(update=missing) if missing else event


class Project(BaseModel):
    """A project as its account configured it."""

    model_config = ConfigDict(frozen=True)

    id: str
    account: str
    name: str
    description: str | None = None
    settings: ProjectSettings = ProjectSettings()
    members: tuple[Member, ...] = ()
    created_at: datetime
    updated_at: datetime

    @property
    def pool(self) -> str:
        return pool_of(self.account, self.id)


def pool_of(account: str, project: str) -> str:
    """The owner that a project's memories have: the account itself for HOME."""
    return account if project == HOME else f"{account}:{project}"


def place_of(pool: str) -> tuple[str, str]:
    """The account and the project that an owner stands for: the inverse of `pool_of`."""
    match = _POOL.fullmatch(pool)
    return (match["account"], match["project"]) if match else (pool, HOME)


def organisation(account: str) -> str:
    """The account's name where it has to stand in a path: clients write it there as it is."""
    if _IN_A_PATH.fullmatch(account):
        return account
    return f"org_{blake2b(account.encode('utf-8', 'surrogatepass'), digest_size=12).hexdigest()}"
