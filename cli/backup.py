"""`mneme backup`: what is accepted and what is stored, copied as they were in one instant."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import typer

from cli import redis_files
from cli.archive import Piece, write
from cli.doors import open_redis_if_any, settings_of, wait_for
from cli.locks import lock_folder
from cli.redis_server import socket_path
from cli.refusal import Refused
from core.mailbox import Mailbox
from core.mailbox.wake import ArqWake
from core.settings import Settings
from core.store import snapshot


def run(data: Path | None, target: Path) -> None:
    """Prints what was copied. Raises Refused where it can't be done from here, and leaves no half backup."""
    settings = settings_of(data)
    _check(settings, target)
    existed = target.exists()
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        size = wait_for(_back_up(settings, target))
    except BaseException:
        for path in target.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        if not existed:
            target.rmdir()
        raise
    typer.echo(f"{target} holds {size / 1e6:.1f} MB; put it back with: mneme restore {target} --data NEW_FOLDER")


def _check(settings: Settings, target: Path) -> None:
    if settings.store_uri is not None or settings.redis_url != f"unix://{socket_path(settings.data_dir)}":
        raise Refused("only an install whose Redis and store both lie in its data folder is backed up here; docs/backup.md tells of others")
    if not Path(settings.store_location).exists():
        raise Refused(f"there is nothing in {settings.data_dir.resolve()} to back up")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Refused(f"{target} is not empty")
    if target.resolve().is_relative_to(settings.data_dir.resolve()):
        raise Refused("a backup does not belong into the data folder itself")


async def _back_up(settings: Settings, target: Path) -> int:
    """Links are made in the data folder, in an instant; the copying from them may take its time."""
    with tempfile.TemporaryDirectory(prefix=".backup-", dir=settings.data_dir) as folder:
        pinned = Path(folder)
        async with _standing_still(settings):
            pieces = redis_files.pin(settings.data_dir / "redis", pinned / "redis")
            await asyncio.to_thread(snapshot.pin, Path(settings.store_location), pinned / "store")
        return await asyncio.to_thread(write, target, _named("redis", pieces) | _store_pieces(pinned))


@asynccontextmanager
async def _standing_still(settings: Settings) -> AsyncIterator[None]:
    """Nobody commits while the body runs: every shard's commit lock is held, or, where nothing runs, the folder's."""
    async with AsyncExitStack() as held:
        redis = await held.enter_async_context(open_redis_if_any(settings))
        if redis is None:
            lock_folder(settings.data_dir)  # until this command ends
        else:
            mailbox = Mailbox(redis, settings, wake=ArqWake(redis))
            for shard in range(settings.shards):
                await held.enter_async_context(mailbox.commit_lock(shard, "backup", settings.lease_s))
        yield


def _named(part: str, pieces: dict[str, Piece]) -> dict[str, Piece]:
    return {f"{part}/{name}": piece for name, piece in pieces.items()}


def _store_pieces(pinned: Path) -> dict[str, Piece]:
    files: Sequence[Path] = [path for path in (pinned / "store").rglob("*") if path.is_file()]
    return {path.relative_to(pinned).as_posix(): Piece(path, path.stat().st_size) for path in files}
