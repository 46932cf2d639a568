"""The truth about a CSV file, computed straight from it: shares nothing with the pipeline."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import duckdb

_ROWS = """
select *, cast(Quantity as bigint) as quantity,
    cast(Quantity as bigint) * cast(UnitPrice as decimal(12, 4)) as amount,
    case when InvoiceNo ilike 'c%' then 'cancellation'
         when InvoiceNo ilike 'a%' then 'adjustment'
         when cast(Quantity as bigint) < 0 then 'stock_correction'
         when cast(UnitPrice as decimal(12, 4)) = 0 then 'zero_price'
         else 'sale' end as type,
    strptime(InvoiceDate, '%m/%d/%Y %H:%M') as moment
from read_csv($path, all_varchar = true, encoding = 'latin-1', header = true)
"""


def by_type(path: Path) -> dict[str, tuple[int, Decimal]]:
    """Return rows and the sum of quantity x price by transaction type."""
    sql = f"select type, count(*), sum(amount) from ({_ROWS}) group by type"
    found = duckdb.execute(sql, {"path": str(path)}).fetchall()
    return {kind: (rows, Decimal(amount)) for kind, rows, amount in found}


def months(path: Path) -> list[tuple[str, int]]:
    """Return the months and their rows, in order."""
    sql = f"select strftime(moment, '%Y-%m') m, count(*) from ({_ROWS}) group by m order by m"
    return duckdb.execute(sql, {"path": str(path)}).fetchall()


def busiest_customer(path: Path) -> int:
    """Return the customer with the most invoices."""
    sql = (
        f"select cast(CustomerID as bigint) from ({_ROWS}) where CustomerID <> '' "
        "group by CustomerID order by count(distinct InvoiceNo) desc, CustomerID limit 1"
    )
    (found,) = duckdb.execute(sql, {"path": str(path)}).fetchall()
    return int(found[0])


def lines_of_customer(path: Path, customer: int) -> list[tuple[str, str, int, Decimal]]:
    """Return (invoice, stock code, quantity, amount) of a customer's lines."""
    sql = (
        "select upper(trim(InvoiceNo)), upper(trim(StockCode)), cast(Quantity as int), amount "
        f"from ({_ROWS}) where CustomerID = $customer"
    )
    arguments = {"path": str(path), "customer": str(customer)}
    return duckdb.execute(sql, arguments).fetchall()
