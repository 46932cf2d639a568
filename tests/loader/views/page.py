"""Writes docs/views.md: each view's definition, and its figures beside the computed ones."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from loader.warehouse_views import View, views
from tests.loader.views.independent import Row

_WIDTH = 100

_HEAD = """\
# The warehouse's views

Made by `python -m tests.loader.views FILE --page docs/views.md`; the definitions are those at the
head of each file in [loader/sql/views](../loader/sql/views), where SQL tools find them as comments.
Views that are *stored* are materialized and refreshed at the end of each load; `view_freshness`
tells whether they show what is loaded.

The figures are of the first seven months of the UCI Online Retail data set (Chen, 2015, CC BY 4.0):
245,903 rows, December 2010 to June 2011, in pounds. *Warehouse* is what the view shows after
`etl send FILE` and `etl run`. *Independent* is computed by
[DuckDB and Python straight from the CSV file](../tests/loader/views/independent.py), from the
definitions alone. All rows of each view are compared, to the last digit, and so are those of the
Athena query that is saved under the view's name (`etl athena --named NAME`,
[athena/](../athena)). To repeat it, with this or any other file, on an empty deployment:

```sh
etl up
etl send FILE
etl run
python -m tests.loader.views FILE
```

Tests run the same comparison on generated sales with the oddest cases added, before and after
corrections: `pytest tests/loader/views tests/athena tests/e2e/test_views.py`.

## Who may read

| who | reads |
|---|---|
| role `retail_bi` | the views, `fact_sales` and the dimensions |
| whoever IAM lets log in (`redshift-serverless:GetCredentials`) | all of schema `retail` |

Neither changes anything, or makes tables other than temporary ones. A user for Tableau, with the
role:

```sh
etl warehouse --as-admin "CREATE USER tableau PASSWORD '…'"
etl warehouse --as-admin "GRANT ROLE retail_bi TO tableau"
```

To leave reading to the role alone, `REVOKE USAGE ON SCHEMA retail FROM PUBLIC`: it stays so when
views are made anew. That happens at the next load after their SQL has changed. What others build on
these views must be `WITH NO SCHEMA BINDING`: what is bound to one keeps all from being made anew.
The load stands all the same, and the run's ledger says `STALE` with the reason under `views`.
"""


@dataclass(frozen=True)
class Compared:
    """A view's rows and what they must be.

    Attributes
    ----------
    name : the view's.
    columns : their names.
    found, wanted : the rows that it shows, and those that were computed.
    differing : what differs, a line each; of the saved query too.
    """

    name: str
    columns: Sequence[str]
    found: list[Row]
    wanted: list[Row]
    differing: list[str]


Records = list[dict[str, str]]
Figure = Callable[[Records], str]


def write_page(path: Path, compared: Sequence[Compared]) -> None:
    """Write the page; every row of every view has been found equal."""
    by_name = {each.name: each for each in compared}
    sections = [_section(view, by_name.get(view.name)) for view in views()]
    path.write_text("\n".join([_HEAD, *sections]), "utf-8")


def _section(view: View, compared: Compared | None) -> str:
    title = f"## {view.name}{' (stored)' if view.stored else ''}\n"
    if compared is None:
        return f"{title}\n{_wrapped(view)}\n"
    lines = [
        f"| {label} | {figure(_records(compared, compared.found))} "
        f"| {figure(_records(compared, compared.wanted))} |"
        for label, figure in (("rows, all equal", _count), *_FIGURES[view.name])
    ]
    table = "\n".join(["| figure | warehouse | independent |", "|---|---:|---:|", *lines])
    return f"{title}\n{_wrapped(view)}\n\n{table}\n"


def _wrapped(view: View) -> str:
    return textwrap.fill(view.definition, _WIDTH, break_on_hyphens=False)


def _records(compared: Compared, rows: list[Row]) -> Records:
    return [
        dict(zip(compared.columns, (value or "" for value in row), strict=True)) for row in rows
    ]


def _count(rows: Records) -> str:
    return f"{len(rows):,}"


def _sum(column: str) -> Figure:
    return lambda rows: f"{sum(Decimal(row[column]) for row in rows):,}"


def _best(column: str, *shown: str) -> Figure:
    def best(rows: Records) -> str:
        top = max(rows, key=lambda row: Decimal(row[column]))
        return ", ".join(top[name] for name in (*shown, column))

    return best


def _of(key: str, value: str, *shown: str) -> Figure:
    def find(rows: Records) -> str:
        (row,) = (row for row in rows if row[key] == value)
        return ", ".join(row[name] for name in shown)

    return find


def _segment(name: str) -> Figure:
    return lambda rows: f"{sum(row['segment'] == name for row in rows):,}"


def _retained(months: int) -> Figure:
    def find(rows: Records) -> str:
        (row,) = (
            row
            for row in rows
            if row["cohort_month"] == "2010-12-01" and row["months_since"] == str(months)
        )
        return f"{row['customers']} of {row['cohort_size']}, {row['retention']}"

    return find


_REVENUE: tuple[tuple[str, Figure], ...] = (
    ("gross sales", _sum("gross_sales")),
    ("cancellations", _sum("cancellations")),
    ("net revenue", _sum("net_revenue")),
)
_PRODUCT = ("stock_code", "description")
_FIRST, _LAST = "2010-12-01", "2011-06-01"

_FIGURES: dict[str, tuple[tuple[str, Figure], ...]] = {
    "revenue_by_day": (*_REVENUE, ("best day", _best("net_revenue", "day"))),
    "revenue_by_month": (*_REVENUE, ("best month", _best("net_revenue", "month"))),
    "revenue_by_year": (
        ("2010, net revenue", _of("year", "2010", "net_revenue")),
        ("2011, net revenue", _of("year", "2011", "net_revenue")),
    ),
    "average_sales": tuple(
        (label, _best(column))
        for label, column in (
            ("per invoice", "average_per_invoice"),
            ("per customer", "average_per_customer"),
            ("per day", "average_per_day"),
        )
    ),
    "average_sales_by_month": (
        ("per invoice, first month", _of("month", _FIRST, "average_per_invoice")),
        ("per invoice, last month", _of("month", _LAST, "average_per_invoice")),
    ),
    "product_value": (
        *_REVENUE,
        ("most valuable", _of("value_rank", "1", *_PRODUCT, "net_revenue")),
        ("second", _of("value_rank", "2", *_PRODUCT, "net_revenue")),
        ("third", _of("value_rank", "3", *_PRODUCT, "net_revenue")),
    ),
    "product_value_by_month": (
        ("net revenue", _sum("net_revenue")),
        ("best month of a product", _best("net_revenue", "month", *_PRODUCT)),
    ),
    "customer_value": (
        ("monetary", _sum("monetary")),
        ("highest", _best("monetary", "customer_id", "segment")),
        ("champions", _segment("Champions")),
        ("at risk", _segment("At risk")),
        ("hibernating", _segment("Hibernating")),
    ),
    "revenue_by_country": (
        ("net revenue", _sum("net_revenue")),
        ("first, share", _best("net_revenue", "country", "share_of_net")),
        ("Netherlands", _of("country", "Netherlands", "net_revenue", "share_of_net")),
    ),
    "cohort_retention": (
        ("December's, after 1 month", _retained(1)),
        ("December's, after 6 months", _retained(6)),
    ),
    "basket_size": (
        ("value, first month", _of("month", _FIRST, "average_value")),
        ("lines, last month", _of("month", _LAST, "average_lines")),
        ("units, last month", _of("month", _LAST, "average_units")),
    ),
    "cancellation_rate": (
        ("of invoices, first month", _of("month", _FIRST, "cancelled_share")),
        ("of sales, first month", _of("month", _FIRST, "cancelled_amount_share")),
        ("of sales, highest", _best("cancelled_amount_share", "month")),
    ),
    "new_and_returning_customers": (
        ("new, all months", _sum("new_customers")),
        ("new, last month", _of("month", _LAST, "new_customers", "revenue_of_new")),
        (
            "returning, last month",
            _of("month", _LAST, "returning_customers", "revenue_of_returning"),
        ),
    ),
}
