"""`mneme import`: a file, of whatever known format, into the pool."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from itertools import islice

import typer

from cli.doors import wait_for
from cli.imports.formats import Format
from cli.imports.items import Choices, Item, format_in, items
from cli.imports.progress import counts, progress
from cli.imports.resume import standing_of
from cli.imports.sending import Sender, to_mailboxes, to_server
from cli.imports.session import SAID_MAX, Session, batch_of
from cli.imports.source import Source, open_sources
from cli.refusal import Refused
from core.clock import system_clock
from core.settings import Settings
from ingest.bulk.lines import Line
from ingest.bulk.reading import Reading
from schemas.errors import MnemeError

ALL_WELL, SOME_NOT, BROKEN, INTERRUPTED = 0, 1, 2, 130
_DRY_SHOWN = 3
_DRY_CHARS = 400


@dataclass(frozen=True, slots=True)
class Target:
    """Where it goes: to a server, or into this install's mailboxes for `owner`."""

    settings: Settings
    owner: str
    url: str | None = None

    def open(self, job: str) -> AbstractAsyncContextManager[Sender]:
        """Raises Refused."""
        if self.url is None:
            return to_mailboxes(self.settings, self.owner, job)
        if self.settings.api_key is None:
            raise Refused("a server wants an API key: set MNEME_API_KEY")
        return to_server(self.url, self.settings.api_key.get_secret_value(), job)

    @property
    def name(self) -> str:
        return self.url or f"{self.settings.redis_dsn} {self.owner}"


@dataclass(frozen=True, slots=True)
class Manner:
    """How it is done: see the command's options."""

    strict: bool = False
    wait: bool = True
    again: bool = False
    dry_run: bool = False


def run(file: str, choices: Choices, target: Target, manner: Manner) -> int:
    """Imports and prints the outcome; gives the exit code."""
    try:
        with open_sources(file) as sources:
            format = format_in(sources, choices)
            if manner.dry_run:
                return _read_only(items(sources, format, choices), format, target.settings)
            standing = standing_of(file, sources, choices, target.name, again=manner.again)
            coming = items(sources, format, replace(choices, salt=standing.salt))
            return _import(f"{file} ({format.name})", coming, sources, Session(standing, progress(), manner.strict, manner.wait), target)
    except (Refused, MnemeError) as error:
        typer.echo(f"mneme: {error}", err=True)
        return BROKEN


def _import(what: str, coming: Iterator[Item], sources: list[Source], session: Session, target: Target) -> int:
    broken = ""
    try:
        wait_for(_go(session, coming, sources, target))
    except* KeyboardInterrupt:
        broken = "broken off"
    except* (Refused, MnemeError) as errors:
        broken = str(_first(errors))
    finally:
        session.progress.close()
    if session.job:
        _sum_up(session, what)
    if broken:
        rest = ". What was accepted goes on by itself; the same command sends the rest" if session.job.get("accepted") else ""
        typer.echo(f"mneme: {broken}{rest}", err=True)
        return INTERRUPTED if broken == "broken off" else BROKEN
    return ALL_WELL if session.all_well else SOME_NOT


async def _go(session: Session, coming: Iterator[Item], sources: list[Source], target: Target) -> None:
    async with target.open(session.standing.job) as sender:
        # where the job is not known any more, what was sent for it may be gone as well
        before = session.standing.position if (await sender.job()).get("received") else 0
        if before:
            session.progress.say(f"{before:,} messages were sent before; going on behind them")
        await session.go(islice(coming, before, None), sources, sender)


def _sum_up(session: Session, what: str) -> None:
    job = session.job
    told = f"{counts(job)}, {session.refused:,} refused; {job.get('memories', 0):,} memories"
    typer.echo(f"{what}, job {session.standing.job}: {told}")
    if job.get("repeated"):
        typer.echo(f"{job['repeated']:,} messages had been imported before and changed nothing; --again imports them anew", err=True)


def _read_only(coming: Iterator[Item], format: Format, settings: Settings) -> int:
    """Everything is read and nothing sent."""
    reading, count, refused = Reading("nobody", "", settings), 0, 0
    while batch := batch_of(coming):
        readable = [Line(item.number, item.body) for item in batch if item.problem is None]
        unfit = {one.line: one.error for one in reading.read(readable, system_clock()).refused.values()}
        for item in batch:
            problem = item.problem or unfit.get(item.number)
            if problem is None and count < _DRY_SHOWN:
                typer.echo(item.body.decode()[:_DRY_CHARS])
            elif problem is not None and refused < SAID_MAX:
                typer.echo(f"{item.place}: {problem}", err=True)
            count, refused = count + (problem is None), refused + (problem is not None)
    typer.echo(f"{format.name}: {count:,} messages would be sent, {refused:,} refused; nothing was sent")
    return SOME_NOT if refused else ALL_WELL


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    first = errors.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
