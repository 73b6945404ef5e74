"""`mneme restore`: a new data folder, made of a backup."""

import shutil
import tempfile
from pathlib import Path

import typer

from cli.archive import read
from cli.doors import settings_of
from cli.refusal import Refused


def run(data: Path | None, source: Path) -> None:
    """Prints what to do next. The folder appears whole, in one step, or not at all. Raises Refused."""
    target = settings_of(data).data_dir.resolve()
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise Refused(f"{target} is not empty: a backup is restored into a new folder (--data)")
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        made_at = read(source, draft)
        draft.rename(target)
    except BaseException as error:
        shutil.rmtree(draft, ignore_errors=True)
        if isinstance(error, OSError):
            raise Refused(f"{target} could not be made: {error.strerror or error}") from error
        raise
    typer.echo(f"{target} is as it was at {made_at}; start it with: mneme up --data {target}")
