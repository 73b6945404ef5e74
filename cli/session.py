"""`mneme session`: tokens with which a self-hoster manages API keys over HTTP."""

from pathlib import Path

import typer

from cli.doors import settings_of
from core.sessions import mint


def create(data: Path | None, owner: str, ttl_s: int) -> None:
    """Makes a token and prints it, alone on stdout. Raises BadInput where there is no secret to sign it with."""
    token = mint(settings_of(data), owner, ttl_s)
    typer.echo(f"session of {owner}, good for {ttl_s} s:", err=True)
    typer.echo(token)
