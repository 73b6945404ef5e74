"""Exports: the memories an order names, in the fields of its schema, by the chat model or by the statements that fit."""

from collections.abc import Sequence
from typing import Any

from schemas.errors import MnemeError, NotFound, Unavailable
from schemas.memory import Memory
from schemas.profile_schema import Field
from schemas.search import Selection
from schemas.shape import Shape, whole
from workers.maintenance.profiles import by_meaning, by_model
from workers.maintenance.running import Running
from workers.rules.listing import listed

_LOOKED_AT = 1_000
"""Most memories that are looked at, the newest."""


async def make_export(running: Running) -> None:
    """What was made is kept; made twice, after an interruption, the later one is."""
    running.count("memories", "fields")
    shapes = running.resources.shapes
    try:
        shape = await shapes.find(running.order.owner or "", running.order.export or "")
    except NotFound:  # it ran out of its time, or its user was erased
        return
    try:
        await shapes.finish(shape.model_copy(update={"result": await _made(running, shape)}))
    except Unavailable:
        raise
    except MnemeError as error:
        await shapes.finish(shape.model_copy(update={"error": error.message}))
        raise


async def _made(running: Running, shape: Shape) -> dict[str, Any]:
    selection = Selection(owner=shape.owner, where=shape.where)
    memories = (await running.resources.reader.page(selection, limit=_LOOKED_AT)).memories
    fields = shape.fields
    found = await _found(running, shape, fields, memories) if memories else {}
    running.counts["memories"], running.counts["fields"] = len(memories), len(found)
    return whole(fields, found)


async def _found(running: Running, shape: Shape, fields: tuple[Field, ...], memories: Sequence[Memory]) -> dict[str, Any]:
    chat = running.resources.chat
    if chat is not None:
        return await by_model(running, shape.owner, chat, fields, memories, shape.instructions, form="export")
    return await by_meaning(running, shape.owner, fields, memories) | listed(fields, memories)
