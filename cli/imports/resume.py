"""Where an import stands, kept beside nobody's data: a broken one goes on from there. Losing it costs time, and doubles nothing."""

import os
import secrets
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any

import orjson

from cli.imports.items import Choices
from cli.imports.source import STDIN, Source


@dataclass(frozen=True, slots=True)
class Standing:
    """`name` stands for the file and what is asked of it, `mark` changes when the file does."""

    name: str
    mark: str
    position: int = 0
    """How many items are durable already."""
    salt: str = ""
    """What makes an import that is made anew another one; kept, so that it can be broken off too."""

    @property
    def job(self) -> str:
        """The bulk job's name."""
        return f"{self.name}-{self.salt}" if self.salt else self.name

    @property
    def _path(self) -> Path:
        home = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
        return Path(home).expanduser() / "mneme" / "imports" / f"{self.name}.json"

    def recalled(self) -> "Standing":
        """The same as it was left, if it was, and the file has not changed."""
        try:
            kept: dict[str, Any] = orjson.loads(self._path.read_bytes())
            if kept["mark"] == self.mark:
                return replace(self, position=int(kept["position"]), salt=str(kept["salt"]))
        except (OSError, ValueError, KeyError, TypeError):
            pass
        return self

    def keep(self, position: int) -> None:
        """Note the position, whole or not at all."""
        whole = orjson.dumps({"mark": self.mark, "position": position, "salt": self.salt})
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".new")
            draft.write_bytes(whole)
            draft.replace(self._path)
        except OSError:
            return  # the import goes on; only a break would cost more

    def forget(self) -> None:
        """The import is complete."""
        self._path.unlink(missing_ok=True)


def standing_of(name: str, sources: list[Source], choices: Choices, where: str, *, again: bool) -> Standing:
    """Of a file and what is asked of it: the same again is the same job. `where` it goes to tells one server from another."""
    asked = (where, choices.format, choices.user, choices.agent, choices.infer, again)
    digest = blake2b(repr(asked).encode(), digest_size=8)
    for source in sources:
        digest.update(source.head)
    found = None if name == STDIN else Path(name).stat()
    mark = "" if found is None else f"{found.st_size} {found.st_mtime_ns}"
    return Standing(f"import-{digest.hexdigest()}", mark, salt=secrets.token_hex(4) if again else "").recalled()
