"""The commands of a shop: make transactions, send them."""

# The options of a command are the parameters of its function.
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cli.commands.context import Context, target_of

app = typer.Typer()


@app.command()
def generate(
    rows: Annotated[int, typer.Option(min=1, help="Rows, broken ones among them.")] = 50_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same file.")] = 1,
    broken: Annotated[int, typer.Option(min=0, help="Rows to break in different ways.")] = 0,
    out: Annotated[
        Path, typer.Option("--out", "-o", help="File to write, gzipped if it ends in .gz.")
    ] = Path("transactions.csv"),
    start: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Date of the first invoice.")
    ] = datetime(2010, 12, 1),  # noqa: DTZ001 - a date, and frozen
    days: Annotated[int, typer.Option(min=1, help="Days the invoices spread over.")] = 365,
) -> None:
    """Write synthetic transactions as a CSV file."""
    from cli.generate.invoices import GeneratorSettings
    from cli.generate.writer import write_file

    if broken > rows:
        raise typer.BadParameter("--broken must not exceed --rows")
    write_file(out, GeneratorSettings(rows, seed, broken, start.date(), days))


@app.command()
def send(
    context: Context,
    file: Annotated[Path, typer.Argument(help="CSV file, plain or gzipped.")],
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="Return before raw/ holds the records.")
    ] = False,
    in_flight: Annotated[int, typer.Option(min=1, max=64, help="Requests at a time.")] = 6,
    timeout: Annotated[
        float, typer.Option(min=1, help="Seconds without an arrival in raw/ before giving up.")
    ] = 1200,
    encoding: Annotated[
        str | None, typer.Option(help="Encoding of the file; found out by default.")
    ] = None,
    token: Annotated[
        str | None, typer.Option(envvar="ETL_API_TOKEN", help="Bearer token of the API.")
    ] = None,
) -> None:
    """Send a CSV file to the API; if it was broken off, go on."""
    from cli.send.command import SendOptions, print_result, send_file

    options = SendOptions(in_flight, not no_wait, timeout, encoding, token)
    print_result(send_file(target_of(context), file, options))
