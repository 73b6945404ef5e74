"""The commands of `mneme maintenance` and their options."""

from typing import Annotated

import typer

from cli.options import Data

maintenance = typer.Typer(no_args_is_help=True, help="What is done to stored memories: order it, look at it, take it back.")


@maintenance.command("run")
def maintenance_run(
    job: Annotated[str, typer.Argument(help="importance-recalculation, link-optimization, pruning, summarization, upkeep or restoration.")],
    owner: Annotated[str | None, typer.Option(help="Whose memories; everybody's where absent.", show_default=False)] = None,
    user: Annotated[str | None, typer.Option(help="Only this user's.", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count and name, and change nothing.")] = False,
    max_age_days: Annotated[float | None, typer.Option(help="Pruning: older ones go.", show_default=False)] = None,
    min_importance: Annotated[float | None, typer.Option(help="Pruning: less important ones go.", show_default=False)] = None,
    max_memories: Annotated[int | None, typer.Option(help="Pruning: the oldest of users with more go.", show_default=False)] = None,
    delete: Annotated[bool, typer.Option("--delete", help="Pruning: delete instead of archiving.")] = False,
    wait_s: Annotated[float, typer.Option("--wait", help="Seconds to wait for the end.")] = 600,
    data: Data = None,
) -> None:
    """Order a job and show what it did. Pruning without limits goes by the settings."""
    from cli.maintenance import limits_of, order_of, run

    limits = limits_of(max_age_days, min_importance, max_memories, delete=delete)
    raise typer.Exit(0 if run(data, order_of(job, owner, user, dry_run, limits), wait_s) else 1)


@maintenance.command("list")
def maintenance_list(
    owner: Annotated[str | None, typer.Option(help="Whose runs; everybody's where absent.", show_default=False)] = None,
    limit: Annotated[int, typer.Option(help="Most to show.", min=1)] = 20,
    data: Data = None,
) -> None:
    """List the runs, scheduled ones too, with what they did."""
    from cli.maintenance import list_all

    list_all(data, owner, limit)


@maintenance.command("undo")
def maintenance_undo(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="As `maintenance list` shows it.")],
    wait_s: Annotated[float, typer.Option("--wait", help="Seconds to wait for the end.")] = 600,
    data: Data = None,
) -> None:
    """Take back what a run did, as far as nobody has changed it since."""
    from cli.maintenance import undo

    raise typer.Exit(0 if undo(data, run_id, wait_s) else 1)
