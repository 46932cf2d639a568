"""The commands that start, deploy and trouble the clouds."""

# The options of a command are the parameters of its function.
# ruff: noqa: PLC0415

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.commands.context import Context, local_settings_of, settings_of, target_of

app = typer.Typer()
faults_app = typer.Typer(
    help="Make calls of the local cloud fail as a plan says.", no_args_is_help=True
)
app.add_typer(faults_app, name="faults")

Parameters = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Parameter of the root template."),
]


@app.command()
def up(context: Context, parameter: Parameters = None) -> None:
    """Start the local cloud and deploy the stack to it."""
    from cli.status import bring_up

    bring_up(local_settings_of(context), parameter or [])


@app.command()
def down(context: Context) -> None:
    """Stop the local cloud; what it holds is kept."""
    from cli import console, local_cloud

    stopped = local_cloud.stop(local_settings_of(context))
    console.say("the local cloud is stopped" if stopped else "the local cloud did not run")


@app.command()
def status(context: Context) -> None:
    """Show what runs where, what is deployed and what the lake holds."""
    from cli.status import show_status

    show_status(settings_of(context))


@app.command()
def deploy(context: Context, parameter: Parameters = None) -> None:
    """Deploy this checkout's templates, jobs and functions."""
    from cli.deployment import deploy_target, parse_parameters

    deploy_target(target_of(context), parse_parameters(parameter or []))


@app.command()
def destroy(
    context: Context,
    delete_data: Annotated[
        bool, typer.Option("--delete-data", help="Delete the lake and the tables as well.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete the stack; its data stays unless --delete-data is given."""
    from cli.deployment import destroy_target

    what = "and all its data" if delete_data else "(its data stays)"
    if not yes:
        typer.confirm(f"Delete the stack {settings_of(context).stack_name} {what}?", abort=True)
    destroy_target(target_of(context), delete_data=delete_data)


@faults_app.command("load")
def load_faults(
    context: Context, file: Annotated[Path, typer.Argument(help="The plan, a JSON file.")]
) -> None:
    """Follow a plan from the next call on; docs/faults.md tells how to write one."""
    from cli.faults import load

    load(settings_of(context), file)


@faults_app.command("clear")
def clear_faults(context: Context) -> None:
    """End all faults; the log of what fired stays."""
    from cli.faults import clear

    clear(settings_of(context))


@faults_app.command("show")
def show_faults(
    context: Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print what fired as JSON.")] = False,
) -> None:
    """Show the plan and what fired."""
    from cli.faults import show

    show(settings_of(context), as_json=as_json)


@app.command()
def demo(
    context: Context,
    rows: Annotated[int, typer.Option(min=1, help="Transactions to generate.")] = 50_000,
) -> None:
    """Show the whole way: generate, send, run, reconcile, query."""
    from cli.demo import run_demo

    run_demo(local_settings_of(context), rows)
