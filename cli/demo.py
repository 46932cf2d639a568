"""`etl demo`: the whole way on this machine, with a file of its own for each demonstration."""

from __future__ import annotations

import time
from pathlib import Path

from rich.rule import Rule

from cli import console, warehouse
from cli.athena import query
from cli.errors import CliError
from cli.generate.invoices import GeneratorSettings
from cli.generate.writer import write_file
from cli.history import HistoryOptions, print_history
from cli.query_result import result_table
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
_CUSTOMERS_BY_COUNTRY = """
SELECT c.country, count(DISTINCT c.customer_id) AS customers, sum(f.line_amount) AS revenue
FROM retail.fact_sales f
JOIN retail.dim_customer c ON c.customer_id = f.customer_id
WHERE f.transaction_type IN ('sale', 'cancellation')
GROUP BY c.country
ORDER BY revenue DESC
LIMIT 5
"""
_BEST_CUSTOMER = """
SELECT customer_id FROM retail.fact_sales
WHERE customer_id IS NOT NULL
GROUP BY customer_id
ORDER BY sum(line_amount) DESC
LIMIT 1
"""
_NEXT = """
What to try next:
  etl athena "SELECT reason, detail, raw_line FROM quarantine LIMIT 5"
  etl athena "SELECT * FROM transactions WHERE customer_id = 12350 ORDER BY invoice_ts"
  etl history {customer} --lines
  etl warehouse "SELECT * FROM retail.dim_product LIMIT 5"
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
    _headline("The warehouse, asked by Redshift's SQL")
    countries = warehouse.query(target, _CUSTOMERS_BY_COUNTRY)
    console.out().print(result_table("Customers and revenue by country", countries))
    _headline("A customer's purchase history, from the history API")
    customer = int(warehouse.query(target, _BEST_CUSTOMER).rows[0][0] or 0)
    print_history(target, customer, HistoryOptions(limit=5))
    console.out().print(_NEXT.format(file=file, customer=customer), markup=False)
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
        f"({console.size(result.scanned or 0)} scanned in {console.seconds(result.seconds)})\n"
    )
