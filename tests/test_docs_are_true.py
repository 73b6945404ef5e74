"""What the README says is so."""

import logging
import re
from collections.abc import Iterator
from typing import get_args

import pytest
import readme_tables
import structlog
from typer.main import get_command

from cli.main import app
from core.mailbox.wake import PIPELINE_QUEUE
from core.settings import Settings
from schemas import event
from workers.main import WORKERS, couriers
from workers.maintenance import JOBS

README = readme_tables.README.read_text()


@pytest.fixture(autouse=True)
def logging_left_as_it_was() -> Iterator[None]:
    """Making the app sets up the process' logging, which other tests listen to."""
    known, root = structlog.get_config(), logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.configure(**known)
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.mark.parametrize("name", readme_tables.TABLES)
def test_the_tables_are_as_the_code_has_them(name: str) -> None:
    """To mend it: python tests/readme_tables.py"""
    assert readme_tables.read(name) == readme_tables.TABLES[name]()


def test_every_kind_of_event_is_described() -> None:
    kinds = {member.model_fields["kind"].default for member in get_args(get_args(event.Event)[0])}
    assert kinds == set(re.findall(r"^\| `([a-z]+\.[a-z]+)` \|", README, re.MULTILINE))


async def test_every_job_is_described(settings: Settings) -> None:
    jobs = {name for make in (*WORKERS.values(), couriers) for name in make(settings).functions} | {job.value for job in JOBS}
    section = README.split("### Jobs")[1].split("### Routes")[0]
    assert jobs == set(re.findall(r"^\| `([\w-]+)` \|", section, re.MULTILINE))
    assert PIPELINE_QUEUE


def test_every_command_is_described() -> None:
    section = README.split("## Operating it")[1].split("## How it works")[0]
    command = get_command(app)
    for name in command.commands:  # type: ignore[attr-defined]
        assert f"`mneme {name}" in section, name


def test_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\((?!http)([^)#]+)\)", README):
        assert (readme_tables.ROOT / target).exists(), target
