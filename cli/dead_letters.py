"""`mneme dead-letters`: events that could not be handled, looked at, tried again or dropped."""

import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import typer

from cli.doors import open_mailbox, settings_of, wait_for
from cli.refusal import Refused
from cli.table import lay_out
from core.mailbox import DeadLetter, DeadLetters
from core.settings import Settings

ALL = "all"
_PAGE = 500
_ID = re.compile(r"\d{1,19}-\d{1,19}")


def list_all(data: Path | None, limit: int) -> None:
    """Prints the newest first."""
    letters, total = wait_for(_list(settings_of(data), limit))
    if not letters:
        typer.echo("no dead letters")
        return
    typer.echo(lay_out(("id", "buried", "owner", "event", "kind", "error"), map(_row, letters)))
    if total > len(letters):
        typer.echo(f"{total - len(letters)} older ones; --limit shows more")


def replay(data: Path | None, ids: Sequence[str]) -> None:
    """Their events are waiting again when this returns; a letter nobody can read stays where it is."""
    asked, accepted = wait_for(_replay(settings_of(data), ids))
    typer.echo(f"{accepted} of {asked} accepted again")


def drop(data: Path | None, ids: Sequence[str]) -> None:
    """Forgets them for good."""
    typer.echo(f"{wait_for(_drop(settings_of(data), ids))} dropped")


async def _list(settings: Settings, limit: int) -> tuple[list[DeadLetter], int]:
    async with open_mailbox(settings) as mailbox:
        return await mailbox.dead_letters.list(limit=limit), await mailbox.dead_letters.count()


async def _replay(settings: Settings, ids: Sequence[str]) -> tuple[int, int]:
    asked = accepted = 0
    async with open_mailbox(settings) as mailbox:
        async for chosen in _chosen(mailbox.dead_letters, ids):
            asked += len(chosen)
            accepted += len(await mailbox.dead_letters.replay(chosen))
    return asked, accepted


async def _drop(settings: Settings, ids: Sequence[str]) -> int:
    async with open_mailbox(settings) as mailbox:
        return sum([await mailbox.dead_letters.drop(chosen) async for chosen in _chosen(mailbox.dead_letters, ids)])


async def _chosen(letters: DeadLetters, ids: Sequence[str]) -> AsyncIterator[list[str]]:
    """The ids given, or, page by page towards the older ones, all there are. Raises Refused for what is no id."""
    if list(ids) == [ALL]:
        after = None
        while page := await letters.list(limit=_PAGE, after=after):
            after = page[-1].id
            yield [letter.id for letter in page]
        return
    if strange := next((one for one in ids if not _ID.fullmatch(one)), None):
        raise Refused(f"{strange} is no dead letter's id; `mneme dead-letters list` shows them")
    yield list(ids)


def _row(letter: DeadLetter) -> tuple[str, ...]:
    kind = letter.event.kind if letter.event else "unreadable"
    return letter.id, f"{letter.buried_at:%Y-%m-%d %H:%M}", letter.owner, letter.event_id, kind, letter.error[:200]
