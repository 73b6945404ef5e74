"""Looking: whether anything of an erased user is left, in every place, and in the bytes of every file of the data folder."""

import asyncio

from core.erased import Notes
from core.store.erasing import others_texts
from schemas.erasure import Scan
from workers.erasure import files
from workers.erasure.files import Read
from workers.erasure.needles import Haystack
from workers.erasure.place import Whose
from workers.erasure.places import counted


async def look(whose: Whose, notes: Notes) -> Scan:
    """What is left. A text that somebody else's memories hold as well is none to look for."""
    left = await counted(whose)
    haystack = Haystack([(quick, thorough) for quick, thorough in notes["needles"]])
    if len(haystack):
        haystack = haystack.without(await _said_by_others(whose, haystack))
    read = await _read(whose, haystack)
    return Scan(left=left, texts=len(haystack), files=read.files, bytes=read.bytes, found=tuple(read.found))


async def _said_by_others(whose: Whose, haystack: Haystack) -> set[tuple[int, str]]:
    shared: set[tuple[int, str]] = set()
    async for texts in others_texts(whose.resources.store):
        shared |= await asyncio.to_thread(haystack.found, "\0".join(texts).encode("utf-8", "replace"))
    return shared


async def _read(whose: Whose, haystack: Haystack) -> Read:
    settings = whose.resources.settings
    folder = settings.data_dir.resolve()
    if not folder.is_dir():
        return Read()
    return await asyncio.to_thread(files.search, folder, settings.models_location, haystack)
