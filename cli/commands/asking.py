"""The commands that ask the stores, and connect other tools to them."""

# The options of a command are the parameters of its function.
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.context import Context, target_of

app = typer.Typer()


class Form(StrEnum):
    """Forms in which a query's result is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@app.command()
def athena(
    context: Context,
    sql: Annotated[
        str | None, typer.Argument(help="One statement; - reads it from standard input.")
    ] = None,
    named: Annotated[
        str | None, typer.Option("--named", help="Run the saved query of this name instead.")
    ] = None,
    list_named: Annotated[
        bool, typer.Option("--list-named", help="Show the saved queries instead.")
    ] = False,
    form: Annotated[Form, typer.Option("--format", "-f", help="Form of the result.")] = Form.TABLE,
    database: Annotated[str | None, typer.Option(help="Default: the stack's.")] = None,
) -> None:
    """Query the lake with Athena."""
    from cli.athena import print_query
    from cli.named_queries import find_named, print_named_queries

    if (sql is not None) + (named is not None) + list_named != 1:
        raise typer.BadParameter("give one statement, or --named, or --list-named")
    if list_named:
        print_named_queries(target_of(context), form.value)
        return
    target = target_of(context)
    if named is not None:
        saved = find_named(target, named)
        print_query(target, saved.sql, form.value, database or saved.database)
        return
    statement = sys.stdin.read() if sql == "-" else str(sql)
    print_query(target, statement, form.value, database)


@app.command()
def warehouse(
    context: Context,
    sql: Annotated[str, typer.Argument(help="One statement; - reads it from standard input.")],
    form: Annotated[Form, typer.Option("--format", "-f", help="Form of the result.")] = Form.TABLE,
    as_admin: Annotated[
        bool, typer.Option("--as-admin", help="Log in as the administrator, not as yourself.")
    ] = False,
) -> None:
    """Query the warehouse with Redshift."""
    from cli.warehouse import print_query

    statement = sys.stdin.read() if sql == "-" else sql
    print_query(target_of(context), statement, form.value, as_admin=as_admin)


@app.command()
def history(
    context: Context,
    customer: Annotated[int, typer.Argument(help="Number of the customer.")],
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, help="Most invoices.")] = 20,
    since: Annotated[
        str | None, typer.Option("--from", help="Only from this date or moment (UTC) on.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Only up to this date or moment (UTC).")
    ] = None,
    lines: Annotated[bool, typer.Option("--lines", help="Show what each invoice holds.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    token: Annotated[
        str | None, typer.Option(envvar="ETL_API_TOKEN", help="Bearer token of the API.")
    ] = None,
) -> None:
    """Show what a customer bought, newest first, as the history API tells it."""
    from cli.history import HistoryOptions, print_history

    options = HistoryOptions(limit, since, until, lines, as_json, token)
    print_history(target_of(context), customer, options)


@app.command()
def report(
    context: Context,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="File to write; default report.html.")
    ] = None,
    run_id: Annotated[
        str | None, typer.Option("--run", metavar="ID", help="Report on this run, or the latest.")
    ] = None,
    shows: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
) -> None:
    """Write the warehouse's sales report, or a run's page, as one HTML file."""
    from cli.report.command import write_report

    write_report(target_of(context), out, run_id, shows=shows)


@app.command()
def login(context: Context) -> None:
    """Print variables by which other tools find all this: eval "$(etl login)"."""
    from cli.login import print_login

    print_login(target_of(context))


@app.command()
def extract(
    context: Context,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")] = Path("retail.hyper"),
) -> None:
    """Write the warehouse's views into a .hyper file for Tableau."""
    from cli.extract import print_extract

    print_extract(target_of(context), out)


@app.command()
def tableau(
    context: Context,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write to.")] = Path("tableau"),
    of_extract: Annotated[
        Path | None,
        typer.Option("--extract", help="Show this file of `etl extract`, not the warehouse."),
    ] = None,
    server: Annotated[
        str | None,
        typer.Option(help="HOST:PORT of the warehouse where Tableau runs, if it is another one."),
    ] = None,
) -> None:
    """Write a Tableau workbook and data sources on the warehouse's views."""
    from cli.tableau.command import write_files

    write_files(target_of(context), out, of_extract, server)
