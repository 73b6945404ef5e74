"""New stores, copied from one that was made: making one means a dozen commits, each with its fsync, for every test."""

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from core.store.connection import Store


async def new_store(location: str | Path, *, shards: int, embedding_model: str, dimension: int) -> Store:
    """An open store in a folder that is not there yet, as `Store.open` would make it."""
    made = _folder() / f"{shards}-{dimension}-{embedding_model.replace('/', '-')}"
    if not made.exists():
        making = made.with_name(f"{made.name}.making")
        await (await Store.open(str(making), shards=shards, embedding_model=embedding_model, dimension=dimension)).close()
        making.rename(made)
    shutil.copytree(made, location, copy_function=shutil.copyfile)
    return await Store.open(str(location), shards=shards, embedding_model=embedding_model, dimension=dimension)


@cache
def _folder() -> Path:
    folder = tempfile.mkdtemp(prefix="mneme-stores-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)
