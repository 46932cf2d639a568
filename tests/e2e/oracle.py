"""The truth about a CSV file, computed straight from it: shares nothing with the pipeline."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

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


def invoice(path: Path, number: str) -> list[dict[str, Any]]:
    """Return the rows of one invoice as sent."""
    sql = f"select * from ({_ROWS}) where InvoiceNo = $number"
    relation = duckdb.execute(sql, {"path": str(path), "number": number})
    names = [column[0] for column in relation.description or []]
    return [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
