"""`etl report`: writes the sales report, or the page of one run, and says where it is."""

from __future__ import annotations

import webbrowser
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from cli import console
from cli.cost.command import cost_of_run
from cli.cost.prices import read_prices
from cli.errors import CliError
from cli.report.queries import read_data
from cli.report.run_page import render_run
from cli.report.runs import Run, read_run
from cli.report.sales_page import render_sales
from cli.target import Target


def write_report(target: Target, out: Path | None, run: str | None, *, shows: bool) -> None:
    """Write a page, and open it in the browser if `shows`.

    Parameters
    ----------
    out : where to; by default report.html, or run-<name>.html.
    run : name or ARN of the execution to report on, `latest` for the one started last; None for
        the sales report.

    Raises
    ------
    CliError : there is nothing to report on, or the file cannot be written.
    """
    now = datetime.now(UTC)
    with console.err().status("reading"):
        if run is None:
            page, default = render_sales(read_data(target), _source(target), now), "report.html"
        else:
            found = _priced(target, read_run(target, run))
            page, default = render_run(found, _source(target), now), f"run-{found.name}.html"
    path = out or Path(default)
    try:
        path.write_text(page, encoding="utf-8", newline="\n")
    except OSError as error:
        raise CliError(f"cannot write {path}: {error.strerror}") from error
    console.out().print(
        f"wrote {path} ({console.size(path.stat().st_size)})", markup=False, soft_wrap=True
    )
    if shows:
        webbrowser.open(path.resolve().as_uri())


def _priced(target: Target, run: Run) -> Run:
    """Return the run with its cost, if it is whole: what one that failed cost says little."""
    if run.status != "SUCCEEDED" or not run.has_history or "cleanse" not in run.ledger:
        return run
    return replace(run, cost=cost_of_run(target, run.name, read_prices()).ours.total)


def _source(target: Target) -> str:
    cloud = "the local cloud" if target.endpoint else f"AWS {target.region}"
    return f"the stack {target.settings.stack_name} in {cloud}"
