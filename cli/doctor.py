"""`mneme doctor`: what is configured, what answers, what does not, and what to do about it."""

from collections.abc import AsyncIterator
from pathlib import Path

import typer

from cli.checks.brokers import check_brokers
from cli.checks.finding import Finding, Verdict
from cli.checks.language_model import ask_tiny, check_language_model
from cli.checks.machine import check_folder, check_python, check_web
from cli.checks.redis import check_redis
from cli.checks.store import check_store
from cli.doors import settings_of, wait_for
from core.settings import Settings

_COLOURS = {Verdict.FINE: typer.colors.GREEN, Verdict.NOTE: typer.colors.YELLOW, Verdict.BROKEN: typer.colors.RED}


def run(data: Path | None, *, probe: bool) -> bool:
    """Prints a line a finding; True where nothing is broken."""
    return wait_for(_run(settings_of(data), probe))


async def _run(settings: Settings, probe: bool) -> bool:
    whole = True
    async for finding in _findings(settings, probe):
        _print(finding)
        whole &= finding.verdict is not Verdict.BROKEN
    return whole


async def _findings(settings: Settings, probe: bool) -> AsyncIterator[Finding]:
    yield check_python()
    yield check_folder(settings.data_dir)
    yield await check_web(settings)
    for finding in await check_redis(settings):
        yield finding
    for finding in await check_brokers(settings):
        yield finding
    for finding in await check_store(settings):
        yield finding
    yield await check_language_model(settings, ask=ask_tiny if probe else None)


def _print(finding: Finding) -> None:
    typer.echo(f"{typer.style(f'{finding.verdict:<6}', fg=_COLOURS[finding.verdict])}  {finding.subject:<14}  {finding.said}")
    if finding.advice:
        typer.echo(f"{'':<24}-> {finding.advice}")
