"""The commands that account for every transaction, and check the way that they take."""

# The options of a command are the parameters of its function.
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.context import Context, target_of

app = typer.Typer()
quarantine_app = typer.Typer(help="What was rejected: see it, correct it.", no_args_is_help=True)
app.add_typer(quarantine_app, name="quarantine")

_MOST_ROWS_OF_A_FILE = 100_000


@app.command()
def reconcile(
    context: Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare rows and amounts of all stores."""
    from cli.reconcile import print_report

    if not print_report(target_of(context), as_json=as_json):
        raise typer.Exit(1)


@app.command()
def doctor(
    context: Context,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds that the events may take to arrive in raw/.")
    ] = 1200,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    token: Annotated[
        str | None, typer.Option(envvar="ETL_API_TOKEN", help="Bearer token of the APIs.")
    ] = None,
) -> None:
    """Send marked events through every part of the deployment, with a run, and say what is well."""
    from cli.doctor.command import print_examination

    target = target_of(context)
    if not print_examination(target, token=token, arrival_seconds=timeout, as_json=as_json):
        raise typer.Exit(1)


@app.command()
def trace(
    context: Context,
    event_id: Annotated[str | None, typer.Argument(help="Event, such as 536365#L1.")] = None,
    invoice: Annotated[str | None, typer.Option(help="List the events of this invoice.")] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Leave out what came in before this day."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Tell where a transaction is, from the raw object to the stores."""
    from cli.trace.command import print_invoice, print_trace

    first_day = since.date() if since else None
    if (event_id is None) == (invoice is None):
        raise typer.BadParameter("name an event, or an invoice with --invoice")
    if invoice is not None:
        print_invoice(target_of(context), invoice, as_json=as_json, since=first_day)
    elif event_id is not None and not print_trace(
        target_of(context), event_id, as_json=as_json, since=first_day
    ):
        raise typer.Exit(1)


@quarantine_app.command("show")
def show_quarantine(
    context: Context,
    reason: Annotated[str | None, typer.Option(help="Rows of this reason code.")] = None,
    field: Annotated[str | None, typer.Option(help="Rows in which this field is wrong.")] = None,
    run: Annotated[str | None, typer.Option(help="Rows that this execution rejected.")] = None,
    raw_object: Annotated[
        str | None, typer.Option("--object", help="Rows of this raw object (a part of its key).")
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="Rows that came in on this day or later."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", "-n", min=1, help="Most rows; default 100.")
    ] = None,
    with_settled: Annotated[
        bool, typer.Option("--all", help="Also rows that were sent again and judged.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Write the rows for editing: .csv or .ndjson."),
    ] = None,
) -> None:
    """Count what was rejected by reason; with an option that chooses, show the rows."""
    from cli.quarantine.show import ShowOptions, show
    from cli.quarantine.table import Filter

    chosen = Filter(reason, field, run, raw_object, since.date() if since else None)
    rows = chosen != Filter() or limit is not None or out is not None
    most = limit or (_MOST_ROWS_OF_A_FILE if out else 100)
    show(target_of(context), ShowOptions(chosen, rows, most, with_settled, as_json, out))


@quarantine_app.command("retry")
def retry_quarantine(
    context: Context,
    file: Annotated[Path, typer.Argument(help="What `show --out` wrote, corrected.")],
    as_is: Annotated[
        bool, typer.Option("--as-is", help="Send also what is unchanged or still wrong.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds without an arrival in raw/ before giving up.")
    ] = 1200,
    token: Annotated[
        str | None, typer.Option(envvar="ETL_API_TOKEN", help="Bearer token of the API.")
    ] = None,
) -> None:
    """Send corrected records again, each once."""
    from cli.quarantine.retry import RetryOptions, retry_file

    retry_file(target_of(context), file, RetryOptions(as_is, timeout, token))
