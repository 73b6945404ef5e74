"""`mneme export`: the store, an owner's part or a user's, into a file in the open format."""

import gzip
import os
import sys
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from io import BufferedIOBase
from pathlib import Path
from typing import cast

import typer

from cli.doors import open_store, settings_of, wait_for
from cli.refusal import Refused
from core.clock import system_clock
from core.export import export_lines
from core.models.space import space_of
from core.settings import Settings
from core.store.exporting import Extent
from schemas.memory import MemoryState
from schemas.portable import End

STDOUT = "-"


def run(data: Path | None, file: str, extent: Extent) -> None:
    """Writes the export, whole or not at all. Says on stderr what was written."""
    settings = settings_of(data)
    if settings.store_uri is None and not Path(settings.store_location).exists():
        raise Refused(f"there is no store in {settings.data_dir.resolve()}")
    with opened(file) as out:
        told = wait_for(_write(settings, extent, out))
    where = "" if file == STDOUT else f" to {file}"
    typer.echo(f"exported {told.memories:,} memories, and {told.changes:,} changes of memories that are gone{where}", err=True)


def extent_of(owner: str | None, user: str | None, states: str, *, history: bool, vectors: bool) -> Extent:
    """What the options ask for. Raises Refused."""
    chosen = {"all": tuple(MemoryState), "active": (MemoryState.ACTIVE,)}.get(states)
    if chosen is None:
        raise Refused("--states is all or active")
    if user is not None and owner is None:
        raise Refused("--user wants --owner: users of two owners may have one name")
    return Extent(owner=owner, names={"user": user} if user else {}, states=chosen, history=history, vectors=vectors)


async def _write(settings: Settings, extent: Extent, out: BufferedIOBase) -> End:
    told = End(memories=0, changes=0)
    async with open_store(settings) as store, aclosing(export_lines(store, extent, space_of(settings), system_clock())) as pieces:
        async for piece, so_far in pieces:
            out.write(piece)
            told = so_far
    return told


@contextmanager
def opened(file: str) -> Iterator[BufferedIOBase]:
    """Where the lines go: a new file that takes its name once it is whole, for its owner's eyes only; compressed by its name.

    What is no file, such as a device or a pipe, is written to as it is. Raises Refused.
    """
    path = Path(file).resolve()
    try:
        if file == STDOUT:
            with _stdout() as out:
                yield out
        elif path.exists() and not path.is_file():
            with path.open("wb") as special:
                yield special
        else:
            with _new(path) as out:
                yield out
    except OSError as problem:
        raise Refused(f"{file} can't be written: {problem.strerror}") from None


@contextmanager
def _stdout() -> Iterator[BufferedIOBase]:
    try:
        yield cast(BufferedIOBase, sys.stdout.buffer)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more when it ends
        raise


@contextmanager
def _new(path: Path) -> Iterator[BufferedIOBase]:
    partial = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with open(partial, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as plain:
            if path.suffix == ".gz":
                with gzip.open(plain, "wb", compresslevel=6) as packed:
                    yield cast(BufferedIOBase, packed)
            else:
                yield plain
            plain.flush()
            os.fsync(plain.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
