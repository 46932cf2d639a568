"""`etl demo`: the whole way on this machine, with a file of its own for each demonstration."""

from __future__ import annotations

import time
from pathlib import Path

from rich.rule import Rule

from cli import console
from cli.athena import query, result_table
from cli.errors import CliError
from cli.generate.invoices import GeneratorSettings
from cli.generate.writer import write_file
from cli.reconcile import print_report
from cli.run.command import run_pipeline
from cli.send.command import SendOptions, print_result, send_file
from cli.settings import Settings
from cli.status import bring_up
from cli.target import Target

_BROKEN_IN_A_THOUSAND = 1
_TOP_PRODUCTS = """
SELECT stock_code, max(description) AS description, sum(quantity) AS items,
       CAST(sum(line_amount) AS decimal(18, 2)) AS revenue
FROM transactions
WHERE is_product AND transaction_type IN ('sale', 'cancellation')
GROUP BY stock_code
ORDER BY revenue DESC
LIMIT 5
"""
_REVENUE_BY_MONTH = """
SELECT CAST(date_trunc('month', invoice_ts) AS date) AS month,
       count(DISTINCT invoice_no) AS invoices,
       CAST(sum(line_amount) AS decimal(18, 2)) AS revenue
FROM transactions
WHERE transaction_type IN ('sale', 'cancellation')
GROUP BY 1
ORDER BY 1
"""
_NEXT = """
What to try next:
  etl athena "SELECT reason, detail, raw_line FROM quarantine LIMIT 5"
  etl athena "SELECT * FROM transactions WHERE customer_id = 12350 ORDER BY invoice_ts"
  etl run                 nothing is new, and it says so
  etl send {file} && etl run
                          the same file again: every row is found to be a duplicate
  etl bookmarks reset     the next run reads all of raw/ again, and the lake stays the same
  etl status              addresses and names, for boto3, awswrangler and the AWS CLI
  etl demo                again: other transactions, added to these
  etl down                stop; everything is kept for the next `etl up`
"""


def run_demo(settings: Settings, rows: int) -> None:
    """Bring the local cloud up, then generate, send, run, reconcile and query.

    Each demonstration generates other transactions (its seed counts up), so that it can be run
    again and adds to what is there.

    Raises
    ------
    CliError : a step failed, or the stores differ at the end.
    """
    started = time.monotonic()
    _headline("The local cloud")
    target = bring_up(settings)
    _headline("Transactions: generated, some of them broken, and sent to the API")
    file = _generate(settings, rows)
    print_result(send_file(target, file, SendOptions()))
    _headline("The pipeline")
    run_pipeline(target)
    _headline("Nothing is lost, nothing is double")
    if not print_report(target, as_json=False):
        raise CliError("the stores differ")
    _headline("The lake, asked by Athena")
    _ask(target, "Top products by revenue", _TOP_PRODUCTS)
    _ask(target, "Revenue by month", _REVENUE_BY_MONTH)
    console.out().print(_NEXT.format(file=file), markup=False)
    took = console.seconds(time.monotonic() - started)
    console.out().print(f"The demonstration took {took}.")


def _generate(settings: Settings, rows: int) -> Path:
    folder = settings.state_dir / "demo"
    folder.mkdir(parents=True, exist_ok=True)
    seed = 1 + sum(1 for _ in folder.glob("transactions-*.csv.gz"))
    file = folder / f"transactions-{seed}.csv.gz"
    write_file(file, GeneratorSettings(rows, seed, broken=rows * _BROKEN_IN_A_THOUSAND // 1000))
    return file


def _headline(text: str) -> None:
    console.out().print()
    console.out().print(Rule(text, align="left"), width=min(console.out().width, 100))


def _ask(target: Target, title: str, sql: str) -> None:
    result = query(target, sql)
    console.out().print(result_table(title, result))
    console.out().print(
        f"({console.size(result.scanned)} scanned in {console.seconds(result.seconds)})\n"
    )
