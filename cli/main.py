"""`mneme`: its commands and their options. Each imports what it needs when it runs, so that `--help` is quick."""

import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from cli.maintenance_commands import maintenance
from cli.options import Data
from cli.refusal import Refused
from cli.webhook_commands import webhooks
from schemas.errors import MnemeError


class _InWords(TyperGroup):
    """Failures that a user can do something about are said in a line, without a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (Refused, MnemeError) as error:
            typer.echo(f"mneme: {error}", err=True)
            sys.exit(1)


app = typer.Typer(cls=_InWords, no_args_is_help=True, pretty_exceptions_enable=False, help="A long-term memory for AI applications.")
key = typer.Typer(no_args_is_help=True, help="API keys: make, list, revoke. Works while Mneme runs and while it does not.")
dead_letters = typer.Typer(no_args_is_help=True, help="Events that failed for good: look, try again, drop.")
app.add_typer(key, name="key")
app.add_typer(dead_letters, name="dead-letters")
app.add_typer(maintenance, name="maintenance")

session = typer.Typer(no_args_is_help=True, help="Session tokens: what may manage API keys over HTTP.")
app.add_typer(session, name="session")
owner = typer.Typer(no_args_is_help=True, help="Owners, the accounts whose memories keys open: their plans and what they use.")
app.add_typer(owner, name="owner")

app.add_typer(webhooks, name="webhooks")


OfQueue = Annotated[bool, typer.Option("--queue", help="Of the message brokers: what producers published and nobody could read.")]


@app.command()
def up(
    host: Annotated[str | None, typer.Option(help="Address to listen on (MNEME_HOST).", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (MNEME_PORT).", min=1, max=65535, show_default="8000")] = None,
    data: Data = None,
) -> None:
    """Run everything: Redis, web, worker, tender. Ctrl-C stops it."""
    from cli import up

    up.run(host, port, data)


@app.command()
def version() -> None:
    """Show the version."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        typer.echo(f"mneme {version('mneme')}")
    except PackageNotFoundError:
        typer.echo("mneme, from a checkout that is not installed (make setup)")


@app.command()
def doctor(
    probe: Annotated[bool, typer.Option("--probe", help="Also make one tiny call to the configured language model.")] = False,
    data: Data = None,
) -> None:
    """Say what is configured, what answers, what does not, and what to do about it. Exit code 1 when something is broken."""
    from cli.doctor import run

    raise typer.Exit(0 if run(data, probe=probe) else 1)


@app.command()
def backup(
    target: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder, or an empty one.")],
    data: Data = None,
) -> None:
    """Copy everything accepted and stored, as it is in one instant, while Mneme runs or while it does not."""
    from cli.backup import run

    run(data, target)


@app.command()
def restore(
    source: Annotated[Path, typer.Argument(metavar="DIR", help="What `mneme backup` made.")],
    data: Data = None,
) -> None:
    """Make a new data folder from a backup: all of it, each file checked, or nothing."""
    from cli.restore import run

    run(data, source)


@app.command()
def stats(data: Data = None) -> None:
    """Count memories and waiting events."""
    from cli.stats import run

    run(data)


@app.command("forget-user")
def forget_user(
    user: Annotated[str, typer.Argument(help="The user's id, as memories were added for it.")],
    owner: Annotated[str, typer.Option(help="The account whose user it is: users of two accounts may have one name.")] = "default",
    now: Annotated[bool, typer.Option("--now", help="Let old files go at once; a read under way may have to be made again.")] = False,
    sure: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    wait_s: Annotated[float, typer.Option("--wait", help="Seconds to wait for the end.")] = 600,
    data: Data = None,
) -> None:
    """Erase a user from everywhere, and show what was found. Exit code 1 when something of the user is left."""
    from cli.forget_user import run

    raise typer.Exit(0 if run(data, user, owner, now=now, sure=sure, wait_s=wait_s) else 1)


@app.command("export")
def export_(
    file: Annotated[str, typer.Argument(help="Where to; compressed where the name ends in .gz. - is the standard output.")] = "-",
    owner: Annotated[str | None, typer.Option(help="Whose memories; everybody's where absent.", show_default=False)] = None,
    user: Annotated[str | None, typer.Option(help="Only this user's.", show_default=False)] = None,
    history: Annotated[bool, typer.Option("--with-history/--no-history", help="The changes that made each memory.")] = True,
    states: Annotated[str, typer.Option(help="all, or only active ones.")] = "all",
    vectors: Annotated[bool, typer.Option("--with-vectors", help="Vectors too: the same model need not make them again.")] = False,
    data: Data = None,
) -> None:
    """Write memories in an open format, which `mneme import` takes back. Works while Mneme runs and while it does not."""
    from cli.export import extent_of, run

    run(data, file, extent_of(owner, user, states, history=history, vectors=vectors))


@app.command("import")
def import_(
    file: Annotated[str, typer.Argument(help="A file, or - for what is piped in.")],
    format: Annotated[
        str | None, typer.Option(help="Where it is not recognised: mneme, chatgpt, claude, supermemory, mem0 or conversations.")
    ] = None,
    user: Annotated[str | None, typer.Option(help="Whose memories they are, where the file does not say.", show_default=False)] = None,
    agent: Annotated[str | None, typer.Option(help="The same, of an agent.", show_default=False)] = None,
    infer: Annotated[
        bool | None, typer.Option("--infer/--no-infer", help="Extract memories, or store word for word.", show_default="as fits the format")
    ] = None,
    owner: Annotated[str, typer.Option(help="The account they belong to; with --url it is the key's.")] = "default",
    url: Annotated[
        str | None, typer.Option(help="A running server, with the key in MNEME_API_KEY.", show_default="the install in --data")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read everything, show the first messages, send nothing.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first line that is refused.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Import anew what was imported before.")] = False,
    wait: Annotated[bool, typer.Option("--wait/--no-wait", help="Stay until everything is handled, or only until it is safe.")] = True,
    data: Data = None,
) -> None:
    """Import conversations and memories. Broken off, it goes on where it stood; run twice, it doubles nothing.

    Exit code 1 when some of it was refused or failed, 2 when it could not be imported.
    """
    from cli.doors import settings_of
    from cli.imports.items import Choices
    from cli.imports.run import Manner, Target, run

    choices, manner = Choices(format, user, agent, infer), Manner(strict, wait, again, dry_run)
    raise typer.Exit(run(file, choices, Target(settings_of(data), owner, url), manner))


@key.command("create")
def key_create(
    name: Annotated[str, typer.Option(help="What it is for, shown by `key list`.")] = "",
    owner: Annotated[str | None, typer.Option(help="The account it belongs to; another account sees none of the others' memories.")] = None,
    data: Data = None,
) -> None:
    """Make an API key and show it, once."""
    from cli.key import create

    create(data, name, owner)


@key.command("list")
def key_list(data: Data = None) -> None:
    """List the keys; never the secrets, which are not kept."""
    from cli.key import list_all

    list_all(data)


@key.command("revoke")
def key_revoke(key_id: Annotated[str, typer.Argument(help="As `key list` shows it.")], data: Data = None) -> None:
    """Make a key worthless, at once."""
    from cli.key import revoke

    revoke(data, key_id)


@session.command("create")
def session_create(
    owner: Annotated[str, typer.Option(help="The account whose keys it may manage.")] = "default",
    ttl_s: Annotated[int, typer.Option("--ttl", help="Seconds it is good for.", min=1)] = 3600,
    data: Data = None,
) -> None:
    """Make a session token, signed with MNEME_SESSION_SECRET, and show it."""
    from cli.session import create

    create(data, owner, ttl_s)


@owner.command("list")
def owner_list(data: Data = None) -> None:
    """List the owners and their plans."""
    from cli.owner import list_all

    list_all(data)


@owner.command("set-plan")
def owner_set_plan(
    owner_id: Annotated[str, typer.Argument(metavar="OWNER", help="As `owner list` shows it.")],
    plan: Annotated[str, typer.Argument(help="none, free, starter, pro, enterprise; default is whatever MNEME_PLAN says.")],
    data: Data = None,
) -> None:
    """Put an owner on a plan; it counts within five seconds."""
    from cli.owner import set_plan

    set_plan(data, owner_id, plan)


@owner.command("usage")
def owner_usage(owner_id: Annotated[str, typer.Argument(metavar="OWNER", help="As `owner list` shows it.")], data: Data = None) -> None:
    """Show how much of its plan an owner has used."""
    from cli.owner import usage

    usage(data, owner_id)


@dead_letters.command("list")
def dead_letters_list(
    limit: Annotated[int, typer.Option(help="Most to show.", min=1)] = 50, queue: OfQueue = False, data: Data = None
) -> None:
    """List events that failed for good, with their errors."""
    _letters(queue).list_all(data, limit)


@dead_letters.command("replay")
def dead_letters_replay(
    ids: Annotated[list[str], typer.Argument(help="As `dead-letters list` shows them, or `all`.")],
    queue: OfQueue = False,
    data: Data = None,
) -> None:
    """Hand them to the pipeline once more."""
    _letters(queue).replay(data, ids)


@dead_letters.command("drop")
def dead_letters_drop(
    ids: Annotated[list[str], typer.Argument(help="As `dead-letters list` shows them, or `all`.")],
    queue: OfQueue = False,
    data: Data = None,
) -> None:
    """Delete them."""
    _letters(queue).drop(data, ids)


def _letters(queue: bool) -> ModuleType:
    return import_module("cli.queue_letters" if queue else "cli.dead_letters")


if __name__ == "__main__":
    app()
