"""A run of an import: where it stands when it is broken off, and what it says of what it could not send."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from cli.imports.items import Choices, Item
from cli.imports.resume import Standing, standing_of
from cli.imports.sending import MailboxSender
from cli.imports.session import SAID_MAX, Session
from cli.imports.source import open_sources
from cli.refusal import Refused
from core.resources import Resources
from ingest.bulk.lines import LINES_MAX
from ingest.bulk.upload import Upload


class Said:
    """A progress that remembers."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def show(self, job: dict[str, Any], part_sent: float | None) -> None: ...

    def say(self, line: str) -> None:
        self.lines.append(line)

    def close(self) -> None: ...


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
async def sender(resources: Resources) -> MailboxSender:
    upload = Upload(resources, "acme", "job")
    await upload.begin()
    return MailboxSender(upload)


def items(count: int, first: int = 1) -> list[Item]:
    line = json.dumps({"user_id": "alice", "content": "I love tea."}).encode()
    return [Item(number, f"line {number}", line) for number in range(first, first + count)]


async def test_what_cannot_be_sent_is_said_and_the_rest_is_accepted(sender):
    session = Session(Standing("job", ""), Said(), strict=False, wait=False)
    unfit = Item(3, "line 3", b'{"user_id": "alice"}')
    await session.go(iter([*items(1), Item(2, "line 2", problem="it is not valid JSON"), unfit, *items(1, first=4)]), [], sender)
    assert session.progress.lines == ["line 2: it is not valid JSON", "line 3: needs either messages or content"]
    assert (session.refused, session.all_well) == (2, False)
    assert session.job["accepted"] == 2


async def test_a_flood_of_refusals_is_counted_and_not_shown(sender):
    session = Session(Standing("job", ""), Said(), strict=False, wait=False)
    await session.go(iter([Item(number, f"line {number}", problem="no") for number in range(1, 100)]), [], sender)
    assert (session.refused, len(session.progress.lines)) == (99, SAID_MAX + 1)


async def test_strict_stops_at_the_first_refusal_and_goes_on_behind_it(sender):
    standing = Standing("job", "")
    session = Session(standing, Said(), strict=True, wait=False)
    coming = iter([Item(1, "line 1", problem="no"), *items(2 * LINES_MAX, first=2)])
    with pytest.raises(ExceptionGroup) as stopped:
        await session.go(coming, [], sender)
    assert isinstance(stopped.value.exceptions[0], Refused)
    assert standing.recalled().position == LINES_MAX


async def test_a_complete_import_leaves_no_note_behind(sender, state):
    session = Session(Standing("job", ""), Said(), strict=False, wait=False)
    await session.go(iter(items(2)), [], sender)
    assert not list(state.rglob("*.json"))


def test_the_same_file_is_the_same_job_until_it_is_imported_anew(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b'{"user_id": "a", "content": "x"}\n')

    def standing(where: str = "here", again: bool = False, **choices: Any) -> Standing:
        with open_sources(str(path)) as sources:
            return standing_of(str(path), sources, Choices(**choices), where, again=again)

    first = standing()
    first.keep(7)
    assert (standing().job, standing().position) == (first.job, 7)
    assert standing("elsewhere").job != first.job != standing(user="b").job
    anew = standing(again=True)
    assert anew.job not in (first.job, standing(again=True).job)
    anew.keep(3)
    assert (standing(again=True).job, standing(again=True).position) == (anew.job, 3)
    os.utime(path, (1, 1))
    assert (standing().job, standing().position) == (first.job, 0)


def test_where_nothing_can_be_noted_the_import_goes_on(state):
    state.write_text("a file where a folder should be")
    Standing("job", "").keep(5)
    assert Standing("job", "").recalled().position == 0
