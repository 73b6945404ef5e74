"""Exports in applications' schemas: any of the owner's may hold words of the user's."""

from contextlib import suppress

from core.shapes import SHAPE, SHAPES
from schemas.errors import NotFound
from workers.erasure.place import Place, Whose


async def _holds(whose: Whose) -> dict[str, int]:
    shapes, old = whose.resources.shapes, 0
    for name in await shapes.names(whose.owner):
        with suppress(NotFound):
            old += whose.is_old((await shapes.find(whose.owner, name)).created_at)
    return {"exports": old}


async def _erase(whose: Whose) -> None:
    """All of the owner's: they can be ordered again."""
    if (await _holds(whose))["exports"]:
        await whose.resources.shapes.clear(whose.owner)


EXPORTS = Place(holds=_holds, erase=_erase, keys=(SHAPE, SHAPES))
