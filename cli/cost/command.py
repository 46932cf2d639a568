"""Prints what a run cost at list price, and what the row-by-row design would have."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cli import console
from cli.cost import row_by_row
from cli.cost.bill import Bill, make_bill
from cli.cost.prices import PriceList, read_prices
from cli.cost.run_uses import run_rows, run_uses
from cli.run.executions import find_execution
from cli.target import Target


@dataclass(frozen=True)
class CostReport:
    """The two bills of a run.

    Attributes
    ----------
    rows : transactions that the run brought in.
    ours, theirs : the bill of the run, and that of the row-by-row design.
    """

    run_id: str
    rows: int
    ours: Bill
    theirs: Bill

    @property
    def times_cheaper(self) -> Decimal | None:
        """How many times ours is in theirs; None where nothing came in."""
        return self.theirs.total / self.ours.total if self.rows and self.ours.total else None


def print_cost(target: Target, run: str, *, as_json: bool) -> None:
    """Print the costs of the run named `run` as tables or as JSON."""
    prices = read_prices()
    with console.err().status("adding up"):
        report = cost_of_run(target, run, prices)
    if as_json:
        console.print_json(_document(report, prices))
    else:
        _print_tables(report, prices)


def cost_of_run(target: Target, run: str, prices: PriceList) -> CostReport:
    """Return the two bills of the run named `run`, or of the latest.

    Raises
    ------
    CliError : there is no such run.
    """
    execution = find_execution(target, run)
    rows = run_rows(target, execution.name)
    return CostReport(
        run_id=execution.name,
        rows=rows.rows,
        ours=make_bill(run_uses(target, execution), prices),
        theirs=make_bill(row_by_row.uses(rows), prices),
    )


def _print_tables(report: CostReport, prices: PriceList) -> None:
    for title, bill in ((f"Run {report.run_id}", report.ours), ("Row by row", report.theirs)):
        lines = [
            (line.use.part, f"{line.use.quantity:,.6g}", line.unit, _dollars(line.cost))
            for line in bill.lines
        ]
        lines.append(("in all", "", _each(bill, report.rows), _dollars(bill.total)))
        heads = ("part", "quantity", "of", "USD")
        console.out().print(console.table(title, heads, lines, numbers=("quantity", "USD")))
    if report.times_cheaper is not None:
        console.out().print(f"{report.times_cheaper:.1f} times cheaper than row by row")
    console.say(
        f"list prices of {prices.region}, {prices.as_of}; storage, alarms and the secret are paid "
        "by the month and not in it"
    )


def _each(bill: Bill, rows: int) -> str:
    per_million = bill.per_million(rows)
    return "" if per_million is None else f"{per_million:,.2f} USD for a million transactions"


def _dollars(amount: Decimal) -> str:
    return f"{amount:,.6f}"


def _document(report: CostReport, prices: PriceList) -> dict[str, Any]:
    return {
        "run_id": report.run_id,
        "transactions": report.rows,
        "prices": {"region": prices.region, "as_of": prices.as_of},
        "run": _bill_document(report.ours, report.rows),
        "row_by_row": _bill_document(report.theirs, report.rows),
        "times_cheaper": None if report.times_cheaper is None else f"{report.times_cheaper:.2f}",
    }


def _bill_document(bill: Bill, rows: int) -> dict[str, Any]:
    per_million = bill.per_million(rows)
    return {
        "usd": f"{bill.total:.6f}",
        "usd_per_million": None if per_million is None else f"{per_million:.4f}",
        "lines": [
            {
                "part": line.use.part,
                "price": line.use.price,
                "quantity": f"{line.use.quantity:f}",
                "unit": line.unit,
                "usd": f"{line.cost:.6f}",
            }
            for line in bill.lines
        ],
    }
