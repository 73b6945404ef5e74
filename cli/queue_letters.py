"""`mneme dead-letters --queue`: messages that producers published to a broker and that could not be read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import typer

from cli.doors import settings_of, wait_for
from cli.refusal import Refused
from cli.table import lay_out
from core.bus.bus import Bus
from core.bus.delivery import Letter
from core.bus.opening import make_bus, urls_of
from core.settings import Settings
from schemas.errors import BadInput

ALL = "all"


def list_all(data: Path | None, limit: int) -> None:
    """Prints those of every broker the settings name."""
    rows, total = wait_for(_list(settings_of(data), limit))
    typer.echo(lay_out(("id", "buried", "bytes", "error"), rows) if rows else "no dead letters")
    if total > len(rows):
        typer.echo(f"{total - len(rows)} more; --limit shows more")


def replay(data: Path | None, ids: Sequence[str]) -> None:
    """Publishes them again as they came: with their keys, and to be read anew."""
    typer.echo(f"{wait_for(_each(settings_of(data), ids, replay=True))} published again")


def drop(data: Path | None, ids: Sequence[str]) -> None:
    """Forgets them for good."""
    typer.echo(f"{wait_for(_each(settings_of(data), ids, replay=False))} dropped")


async def _list(settings: Settings, limit: int) -> tuple[list[tuple[str, ...]], int]:
    rows: list[tuple[str, ...]] = []
    total = 0
    for name, bus in _buses(settings).items():
        with _in_words(name):
            async with bus.letters() as letters:
                found, there = await letters.list(limit)
            rows += [_row(name, letter) for letter in found]
            total += there
    return rows, total


async def _each(settings: Settings, ids: Sequence[str], *, replay: bool) -> int:
    count = 0
    buses = _buses(settings)
    for name, chosen in _by_broker(ids, list(buses)).items():
        with _in_words(name):
            async with buses[name].letters() as letters:
                count += await (letters.replay(chosen) if replay else letters.drop(chosen))
    return count


def _buses(settings: Settings) -> dict[str, Bus]:
    return {name: make_bus(name, url, settings) for name, url in urls_of(settings).items()}


def _by_broker(ids: Sequence[str], brokers: Sequence[str]) -> dict[str, list[str] | None]:
    """The ids by broker, or None for all of a broker's. Raises Refused for what is no id."""
    if list(ids) == [ALL]:
        return dict.fromkeys(brokers, None)
    chosen: dict[str, list[str] | None] = {}
    for one in ids:
        broker, slash, letter_id = one.partition("/")
        if not slash or broker not in brokers:
            raise Refused(f"{one} is no dead letter's id; `mneme dead-letters list --queue` shows them")
        chosen[broker] = [*(chosen.get(broker) or []), letter_id]
    return chosen


@contextmanager
def _in_words(broker: str) -> Iterator[None]:
    """A broker that can't show letters holds up no other. Each library has its own errors for a broker that is away."""
    try:
        yield
    except BadInput as cannot:
        typer.echo(f"mneme: {cannot}", err=True)
    except Exception as error:
        raise Refused(f"{broker} does not answer: {type(error).__name__}: {error}") from error


def _row(broker: str, letter: Letter) -> tuple[str, ...]:
    buried = f"{letter.buried_at:%Y-%m-%d %H:%M}" if letter.buried_at else "-"
    return f"{broker}/{letter.id}", buried, str(len(letter.body)), letter.error[:200]
