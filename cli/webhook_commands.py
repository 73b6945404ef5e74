"""The commands of `mneme webhooks` and their options."""

from typing import Annotated

import typer

from cli.options import Data

webhooks = typer.Typer(no_args_is_help=True, help="Webhooks: whom owners want to be told, and what was delivered.")


@webhooks.command("list")
def webhooks_list(data: Data = None) -> None:
    """List everybody's webhooks, and how much waits for each."""
    from cli.webhooks import list_all

    list_all(data)


@webhooks.command("deliveries")
def webhooks_deliveries(
    webhook_id: Annotated[str, typer.Argument(metavar="WEBHOOK", help="As `webhooks list` shows it.")],
    limit: Annotated[int, typer.Option(help="Most to show.", min=1)] = 50,
    data: Data = None,
) -> None:
    """List what is on its way to a webhook and what became of the last ones."""
    from cli.webhooks import deliveries

    deliveries(data, webhook_id, limit)


@webhooks.command("replay")
def webhooks_replay(
    webhook_id: Annotated[str, typer.Argument(metavar="WEBHOOK", help="As `webhooks list` shows it.")],
    ids: Annotated[list[str], typer.Argument(help="As `webhooks deliveries` shows them, or `failed`: all that were given up.")],
    data: Data = None,
) -> None:
    """Send deliveries once more."""
    from cli.webhooks import replay

    replay(data, webhook_id, ids)
