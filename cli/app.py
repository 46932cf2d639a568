"""The `etl` command: options and arguments; what each command does is in the module it names."""

# Commands import what they do only when they run: `etl --help` and mistakes answer at once.
# Their options are the parameters of their functions.
# ruff: noqa: PLC0415, PLR0913, PLR0917

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.settings import Settings, read_settings

if TYPE_CHECKING:
    from cli.target import Target

app = typer.Typer(
    name="etl",
    help="Batch ETL for e-commerce transactions, on AWS and on this machine.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
bookmarks_app = typer.Typer(help="What the cleanse job has read so far.", no_args_is_help=True)
app.add_typer(bookmarks_app, name="bookmarks")
quarantine_app = typer.Typer(help="What was rejected: see it, correct it.", no_args_is_help=True)
app.add_typer(quarantine_app, name="quarantine")
faults_app = typer.Typer(
    help="Make calls of the local cloud fail as a plan says.", no_args_is_help=True
)
app.add_typer(faults_app, name="faults")

_FLAGS = ("--aws", "--debug")
_VALUES = ("--project", "--stage", "--profile", "--region")
_MOST_ROWS_OF_A_FILE = 100_000
_INTERRUPTED = 130  # what typer makes of Ctrl-C


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


class Form(StrEnum):
    """Forms in which a query's result is printed."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


@app.callback()
def choose_target(
    context: typer.Context,
    aws: Annotated[
        bool, typer.Option("--aws", help="Speak to AWS, not to the local cloud.")
    ] = False,
    project: Annotated[str | None, typer.Option(help="Project of the stack; default etl.")] = None,
    stage: Annotated[
        str | None, typer.Option(help="Stage of the stack; default local, with --aws dev.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="AWS profile; needs --aws.")] = None,
    region: Annotated[str | None, typer.Option(help="AWS region; needs --aws.")] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Batch ETL for e-commerce transactions, on AWS and on this machine."""
    if not aws and (profile or region):
        raise typer.BadParameter("--profile and --region need --aws")
    context.obj = read_settings(
        aws=aws, project=project, stage=stage, profile=profile, region=region
    )
    del debug  # read in main(), which has to know it before the command line is parsed


def _settings(context: typer.Context) -> Settings:
    settings: Settings = context.obj
    return settings


def _local_settings(context: typer.Context) -> Settings:
    if _settings(context).aws:
        raise typer.BadParameter("the local cloud has nothing to do with --aws")
    return _settings(context)


def _target(context: typer.Context) -> Target:
    from cli.target import open_target

    return open_target(_settings(context))


Context = typer.Context
Parameters = Annotated[
    list[str] | None,
    typer.Option("--parameter", "-p", metavar="NAME=VALUE", help="Parameter of the root template."),
]


@app.command()
def up(context: Context, parameter: Parameters = None) -> None:
    """Start the local cloud and deploy the stack to it."""
    from cli.status import bring_up

    bring_up(_local_settings(context), parameter or [])


@app.command()
def down(context: Context) -> None:
    """Stop the local cloud; what it holds is kept."""
    from cli import console, local_cloud

    stopped = local_cloud.stop(_local_settings(context))
    console.say("the local cloud is stopped" if stopped else "the local cloud did not run")


@app.command()
def status(context: Context) -> None:
    """Show what runs where, what is deployed and what the lake holds."""
    from cli.status import show_status

    show_status(_settings(context))


@app.command()
def deploy(context: Context, parameter: Parameters = None) -> None:
    """Deploy this checkout's templates, jobs and functions."""
    from cli.deployment import deploy_target, parse_parameters

    deploy_target(_target(context), parse_parameters(parameter or []))


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
        typer.confirm(f"Delete the stack {_settings(context).stack_name} {what}?", abort=True)
    destroy_target(_target(context), delete_data=delete_data)


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
    print_result(send_file(_target(context), file, options))


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

    run_pipeline(_target(context), force=force, follow=not no_follow)


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
    rebuild_stores(_target(context), stores, follow=not no_follow)


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
    target = _target(context)
    plan = plan_range(target, since, until) if since and until else plan_unprocessed(target)
    if not plan.objects:
        console.say("there is no such raw object: nothing to replay")
        return
    if not yes:
        typer.confirm(plan.question, abort=True)
    replay(target, plan, follow=not no_follow)


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
        print_named_queries(_target(context), form.value)
        return
    target = _target(context)
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
    print_query(_target(context), statement, form.value, as_admin=as_admin)


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
    print_history(_target(context), customer, options)


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
        print_invoice(_target(context), invoice, as_json=as_json, since=first_day)
    elif event_id is not None and not print_trace(
        _target(context), event_id, as_json=as_json, since=first_day
    ):
        raise typer.Exit(1)


@app.command()
def reconcile(
    context: Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare rows and amounts of all stores."""
    from cli.reconcile import print_report

    if not print_report(_target(context), as_json=as_json):
        raise typer.Exit(1)


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

    print_cost(_target(context), run_id, as_json=as_json)


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

    write_report(_target(context), out, run_id, shows=shows)


@bookmarks_app.command("show")
def show_bookmarks(context: Context) -> None:
    """Show how far the cleanse job has read, and what is pending."""
    from cli.bookmarks import show

    show(_target(context))


@bookmarks_app.command("reset")
def reset_bookmarks(
    context: Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Make the next run read all of raw/ again; the result stays the same."""
    from cli.bookmarks import reset

    if not yes:
        typer.confirm("Read all of raw/ again with the next run?", abort=True)
    reset(_target(context))


@faults_app.command("load")
def load_faults(
    context: Context, file: Annotated[Path, typer.Argument(help="The plan, a JSON file.")]
) -> None:
    """Follow a plan from the next call on; docs/faults.md tells how to write one."""
    from cli.faults import load

    load(_settings(context), file)


@faults_app.command("clear")
def clear_faults(context: Context) -> None:
    """End all faults; the log of what fired stays."""
    from cli.faults import clear

    clear(_settings(context))


@faults_app.command("show")
def show_faults(
    context: Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print what fired as JSON.")] = False,
) -> None:
    """Show the plan and what fired."""
    from cli.faults import show

    show(_settings(context), as_json=as_json)


@app.command()
def login(context: Context) -> None:
    """Print variables by which other tools find all this: eval "$(etl login)"."""
    from cli.login import print_login

    print_login(_target(context))


@app.command()
def extract(
    context: Context,
    out: Annotated[Path, typer.Option("--out", "-o", help="File to write.")] = Path("retail.hyper"),
) -> None:
    """Write the warehouse's views into a .hyper file for Tableau."""
    from cli.extract import print_extract

    print_extract(_target(context), out)


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

    write_files(_target(context), out, of_extract, server)


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
    show(_target(context), ShowOptions(chosen, rows, most, with_settled, as_json, out))


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

    retry_file(_target(context), file, RetryOptions(as_is, timeout, token))


@app.command()
def demo(
    context: Context,
    rows: Annotated[int, typer.Option(min=1, help="Transactions to generate.")] = 50_000,
) -> None:
    """Show the whole way: generate, send, run, reconcile, query."""
    from cli.demo import run_demo

    run_demo(_local_settings(context), rows)


def main() -> None:
    """Run the command line: the entry point `etl`."""
    arguments = hoist_global_options(sys.argv[1:])
    try:
        status = app(args=arguments, standalone_mode=False)
    except typer.Abort:  # a question was answered with no
        print("etl: nothing was done", file=sys.stderr)
        sys.exit(1)
    except BrokenPipeError:  # who reads our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        if "--debug" in arguments:
            raise
        from cli.failures import describe

        print(f"etl: {describe(error)}", file=sys.stderr)
        sys.exit(getattr(error, "exit_code", 1))
    if status == _INTERRUPTED:
        print("etl: stopped", file=sys.stderr)
    sys.exit(status if isinstance(status, int) else 0)


def hoist_global_options(arguments: Iterable[str]) -> list[str]:
    """Move the options that choose the target to the front: they may stand anywhere."""
    hoisted: list[str] = []
    others: list[str] = []
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if argument == "--":
            others += [argument, *rest]
            break
        if argument in _VALUES and rest:
            hoisted += [argument, rest.pop(0)]
        elif argument in _FLAGS or argument.partition("=")[0] in _VALUES:
            hoisted.append(argument)
        else:
            others.append(argument)
    return hoisted + others


if __name__ == "__main__":
    main()
