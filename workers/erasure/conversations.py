"""Conversations: the turns of chats, kept for a while."""

from functools import partial

from core.erased import CHAT
from core.redis import patiently
from core.scanning import pages
from workers.erasure.place import Place, Whose


async def _holds(whose: Whose) -> dict[str, int]:
    """Once they are erased whatever is there is new: a chat that was under way keeps no turn."""
    return {"conversations": 0 if whose.erased_at else sum([len(keys) async for keys in pages(whose.resources.redis, _family(whose))])}


async def _erase(whose: Whose) -> None:
    async for keys in pages(whose.resources.redis, _family(whose)):
        await patiently(partial(whose.resources.redis.delete, *keys))


def _family(whose: Whose) -> str:
    return f"{CHAT}{whose.subject}:"


CONVERSATIONS = Place(holds=_holds, erase=_erase, keys=(CHAT,))
