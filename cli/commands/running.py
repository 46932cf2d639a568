"""The commands that start executions, and tell what one cost and logged."""

# The options of a command are the parameters of its function.
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from cli.commands.context import Context, target_of

app = typer.Typer()
bookmarks_app = typer.Typer(help="What the cleanse job has read so far.", no_args_is_help=True)
app.add_typer(bookmarks_app, name="bookmarks")


class Stage(StrEnum):
    """Stages whose log lines can be asked for."""

    CLEANSE = "cleanse"
    PARTITION = "partition"
    PUBLISH = "publish"
    LOAD_WAREHOUSE = "load_warehouse"
    COMPACT = "compact"


class Store(StrEnum):
    """Stores that can be rebuilt."""

    LOOKUPS = "lookups"
    WAREHOUSE = "warehouse"
    ALL = "all"


_REBUILT = {
    Store.LOOKUPS: ("lookups",),
    Store.WAREHOUSE: ("warehouse",),
    Store.ALL: ("lookups", "warehouse"),
}


@app.command()
def run(
    context: Context,
    force: Annotated[
        bool, typer.Option("--force", help="Run the jobs even if nothing is pending.")
    ] = False,
    no_follow: Annotated[
        bool, typer.Option("--no-follow", help="Return when the execution is started.")
    ] = False,
) -> None:
    """Start an execution of the pipeline and show its steps."""
    from cli.run.command import run_pipeline

    run_pipeline(target_of(context), force=force, follow=not no_follow)


@app.command()
def rebuild(
    context: Context,
    store: Annotated[Store, typer.Argument(help="What to write anew.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    no_follow: Annotated[
        bool, typer.Option("--no-follow", help="Return when the execution is started.")
    ] = False,
) -> None:
    """Write a lost or damaged store anew from the lake."""
    from cli.rebuild import consequence, rebuild_stores

    stores = list(_REBUILT[store])
    if not yes:
        typer.confirm(consequence(stores), abort=True)
    rebuild_stores(target_of(context), stores, follow=not no_follow)


@app.command()
def replay(
    context: Context,
    since: Annotated[
        str | None, typer.Option("--from", help="First ingest date or hour (UTC), 2026-11-20T05.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Last ingest date or hour (UTC), included.")
    ] = None,
    unprocessed: Annotated[
        bool, typer.Option("--unprocessed", help="The hours of the objects that no run has taken.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    no_follow: Annotated[
        bool, typer.Option("--no-follow", help="Return when the execution is started.")
    ] = False,
) -> None:
    """Derive raw objects anew, say after a rule has changed, and replace what was made of them."""
    from cli import console
    from cli.replay import plan_range, plan_unprocessed, replay

    if unprocessed == bool(since or until) or bool(since) != bool(until):
        raise typer.BadParameter("give either --from and --to, or --unprocessed")
    target = target_of(context)
    plan = plan_range(target, since, until) if since and until else plan_unprocessed(target)
    if not plan.objects:
        console.say("there is no such raw object: nothing to replay")
        return
    if not yes:
        typer.confirm(plan.question, abort=True)
    replay(target, plan, follow=not no_follow)


@bookmarks_app.command("show")
def show_bookmarks(context: Context) -> None:
    """Show how far the cleanse job has read, and what is pending."""
    from cli.bookmarks import show

    show(target_of(context))


@bookmarks_app.command("reset")
def reset_bookmarks(
    context: Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Make the next run read all of raw/ again; the result stays the same."""
    from cli.bookmarks import reset

    if not yes:
        typer.confirm("Read all of raw/ again with the next run?", abort=True)
    reset(target_of(context))


@app.command()
def cost(
    context: Context,
    run_id: Annotated[
        str, typer.Option("--run", metavar="ID", help="Of this run; default: the latest.")
    ] = "latest",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell what a run costs on AWS at list price, and what it would row by row."""
    from cli.cost.command import print_cost

    print_cost(target_of(context), run_id, as_json=as_json)


@app.command()
def logs(
    context: Context,
    run_id: Annotated[
        str, typer.Option("--run", metavar="ID", help="Of this run; default: the latest.")
    ] = "latest",
    only: Annotated[Stage | None, typer.Option(help="Lines of this stage of the run only.")] = None,
    errors: Annotated[
        bool, typer.Option("--errors", help="Only lines that tell of something gone wrong.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Show the log lines of a run: of its states, its functions and its jobs."""
    from cli.logs.command import print_logs

    print_logs(target_of(context), run_id, stage=only, errors=errors, as_json=as_json)
