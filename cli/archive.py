"""A backup's folder: files, and a list of them with their sizes and hashes, written last: without it there is no backup."""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from cli.refusal import Refused

_LIST = "backup.json"
_FORMAT = 1
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """A file to copy: its first `size` bytes."""

    file: Path
    size: int


def write(target: Path, pieces: Mapping[str, Piece]) -> int:
    """Copies the pieces, by their paths inside the backup, and then the list of them; gives the bytes copied."""
    files = {name: _copy(piece, target / name) for name, piece in sorted(pieces.items())}
    listed = {"format": _FORMAT, "made_at": datetime.now(UTC).isoformat(timespec="seconds"), "files": files}
    draft = target / f"{_LIST}.part"
    draft.write_text(json.dumps(listed, indent=1))
    os.sync()
    draft.rename(target / _LIST)
    os.sync()
    return sum(piece.size for piece in pieces.values())


def read(source: Path, target: Path) -> str:
    """Copies all that the list names, each file checked; gives when the backup was made. Raises Refused at the first that is not whole."""
    try:
        listed = json.loads((source / _LIST).read_text())
        if listed["format"] != _FORMAT:
            raise Refused(f"{source} was made by another version of Mneme (format {listed['format']})")
        files, made_at = listed["files"], str(listed["made_at"])
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused(f"{source} holds no whole backup: its {_LIST} is missing or can't be read") from None
    for name, said in files.items():
        _check(name, said, source, target)
    os.sync()
    return made_at


def _check(name: str, said: Mapping[str, object], source: Path, target: Path) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise Refused(f"the backup names a file outside of it: {name}")
    try:
        found = _copy(Piece(source / path, (source / path).stat().st_size), target / path)
    except FileNotFoundError:
        raise Refused(f"the backup lacks {name}; nothing was restored") from None
    if found != said:
        raise Refused(f"{name} in the backup is not what was written there; nothing was restored")


def _copy(piece: Piece, target: Path) -> dict[str, object]:
    """Gives what the list says of a file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    with piece.file.open("rb") as source, target.open("wb") as copy:
        left = piece.size
        while chunk := source.read(min(left, _CHUNK_BYTES)):
            left -= len(chunk)
            digest.update(chunk)
            copy.write(chunk)
    if left:
        raise OSError(f"{piece.file} is shorter than it was")
    return {"size": piece.size, "sha256": digest.hexdigest()}
