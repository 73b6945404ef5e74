"""Scripts: what must happen in one step happens in Lua. Each may run twice: a lost answer is asked for again."""

from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from core.mailbox import keys
from core.mailbox.room import Room
from core.redis import patiently
from core.settings import Settings
from schemas.errors import LeaseLost

FENCED = ("read", "running", "attempt", "save", "close", "renew", "release", "commit")
"""Scripts of a shard's owner: their first arguments are shard and lease, and nil means that the lease is not the current one."""
UNFENCED = ("accept", "take", "load", "lock", "survey", "prune", "promise", "tell", "dropped")
FREELY = (*(name for name in FENCED if name != "read"), "take", "lock", "tell")
"""Scripts that must write over `maxmemory` too. Not one that only reads: Redis 6 would write that it wrote nothing, and sync that."""
LOUD = ("close", "tell")
"""Scripts that append lifecycle events."""

Argument = str | bytes | int

_KEYS = (
    "BOX", "OPEN", "CLOSED", "CLOSINGS", "WEIGHTS", "WEIGHT", "INDEX", "DEAD", "BURIED", "REPLY", "BULK", "LIFE", "OUTBOX",
    "DROPPED", "HOOKED",
)  # fmt: skip


class Scripts:
    """The scripts beside this file, each with the keys' names and the counters before it."""

    def __init__(self, redis: Redis) -> None:
        self._scripts: dict[str, AsyncScript] = {name: redis.register_script(_source(name)) for name in (*FENCED, *UNFENCED)}

    def __getitem__(self, name: str) -> AsyncScript:
        return self._scripts[name]

    async def run(self, name: str, args: Iterable[Argument]) -> Any:
        """The script's answer, as Redis gives it. Raises Unavailable, and LeaseLost from a fenced script."""
        arguments = list(args)
        answer = await patiently(lambda: self._scripts[name](args=arguments))
        if answer is None and name in FENCED:
            raise LeaseLost("the shard has another owner by now")
        return answer


class Part:
    """What every part of the mailbox stands on."""

    def __init__(self, redis: Redis, settings: Settings) -> None:
        self._redis = redis
        self._settings = settings
        self._scripts = Scripts(redis)
        self._room = Room(redis)


def _source(name: str) -> str:
    lua = files(__package__)
    counted = {"accept": ["tally"], "close": ["tally", "kept"]}.get(name, [])
    parts = ["counts", *counted, *(["say"] if name in LOUD else []), *(["freely"] if name in FREELY else [])]
    parts += [*(["fence"] if name in FENCED else []), name]
    return "\n".join([_names(), *((lua / f"{part}.lua").read_text() for part in parts)])


def _names() -> str:
    constants = "".join(f"local {name} = '{getattr(keys, name)}'\n" for name in _KEYS)
    fields = ", ".join(f"'{field}'" for field in keys.RECEIPT_FIELDS)
    return f"{constants}local BULK_STRETCH_S = {keys.BULK_STRETCH_S}\nlocal RECEIPT_FIELDS = {{ {fields} }}\n"
