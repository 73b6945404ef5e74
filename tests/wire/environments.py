"""The SDKs under test, each in an environment of its own: pinned, made once, made again when its pins change.

python tests/wire/environments.py              makes all
python tests/wire/environments.py mem0-2x      makes this one
"""

import fcntl
import os
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from shutil import which

HERE = Path(__file__).resolve().parent
VENVS = HERE.parent.parent / ".venvs"
NODE = HERE / "node"
_TIMEOUT_S = 600


def python_of(name: str) -> Path:
    """The interpreter of the environment `name`, which requirements-<name>.txt describes."""
    pins = HERE / f"requirements-{name}.txt"
    home = VENVS / name
    python = home / "bin" / "python"
    _once(home / ".made-of", _digest(pins), lambda: _make_venv(home, python, pins))
    return python


def node() -> str | None:
    """The node program with the packages of node/package.json installed beside it, or None where there is no node.

    In CI there must be one.
    """
    program, npm = which("node"), which("npm")
    if program is None or npm is None:
        if os.environ.get("CI"):
            raise RuntimeError("CI needs node and npm to test the JavaScript clients")
        return None
    _once(NODE / "node_modules" / ".made-of", _digest(NODE / "package.json"), lambda: _run(npm, "install", cwd=NODE))
    return program


def names() -> list[str]:
    return sorted(pins.stem.removeprefix("requirements-") for pins in HERE.glob("requirements-*.txt"))


def _once(stamp: Path, digest: str, make: Callable[[], None]) -> None:
    """Make what `stamp` says is there, unless it is; several test processes may come at once."""
    VENVS.mkdir(exist_ok=True)
    with (VENVS / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != digest:
            make()
            stamp.write_text(digest)


def _make_venv(home: Path, python: Path, pins: Path) -> None:
    _run(sys.executable, "-m", "venv", "--clear", str(home))
    _run(str(python), "-m", "pip", "install", "--quiet", "--no-deps", "-r", str(pins))


def _digest(pins: Path) -> str:
    return sha256(pins.read_bytes() + sys.version.encode()).hexdigest()


def _run(*command: str, cwd: Path | None = None) -> None:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")


if __name__ == "__main__":
    for name in sys.argv[1:] or names():
        print(python_of(name))
    if not sys.argv[1:]:
        print(node())
