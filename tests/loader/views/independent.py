"""What each view must show, computed with DuckDB straight from a CSV file.

Written from the views' definitions, not from their SQL: amounts are whole ten-thousandths,
quotients are divided as whole numbers, quintiles and segments are dealt out in Python. It shares
nothing with the pipeline.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

Row = tuple[str | None, ...]

_LINES = """
create table lines as
with numbered as (
    select *, row_number() over () as place
    from read_csv($path, all_varchar = true, encoding = 'latin-1', header = true)
), read as (
    select
        place,
        upper(trim(InvoiceNo)) as invoice,
        upper(trim(StockCode)) as code,
        nullif(trim(regexp_replace(coalesce(Description, ''), '\\s+', ' ', 'g')), '') as text,
        cast(Quantity as bigint) as quantity,
        coalesce(
            try_strptime(InvoiceDate, '%m/%d/%Y %H:%M'), try_cast(InvoiceDate as timestamp)
        ) as moment,
        cast(cast(UnitPrice as decimal(18, 4)) * 10000 as bigint) as price,
        cast(try_cast(nullif(CustomerID, '') as decimal(18, 1)) as bigint) as customer,
        trim(Country) as country
    from numbered
)
select
    *,
    cast(moment as date) as day,
    cast(date_trunc('month', moment) as date) as month,
    cast(quantity as hugeint) * price as ten,
    invoice || '#L' || row_number() over (partition by invoice order by place) as event,
    case
        when invoice[1] = 'C' then 'cancelled'
        when invoice[1] = 'A' or quantity < 0 or price = 0 then 'other'
        else 'sold'
    end as kind,
    regexp_full_match(code, '[0-9]{5}[A-Z]{0,2}') as product
from read
"""

# Rounds n * times / d half away from zero, in whole numbers.
_RATIO = """
create macro ratio(n, d, times) as case when d <> 0 then
    sign(n) * sign(d) * ((2 * abs(cast(n as hugeint)) * times + abs(d)) // (2 * abs(d)))
end
"""

_REVENUE = """
    count(distinct invoice) filter (kind = 'sold') as invoices,
    coalesce(sum(ten) filter (kind = 'sold'), 0) as gross__4,
    coalesce(sum(ten) filter (kind = 'cancelled'), 0) as cancelled__4,
    sum(ten) filter (kind <> 'other') as net__4
"""

_AVERAGES = """
select {key}
    count(distinct invoice) filter (kind = 'sold') as invoices,
    count(distinct customer) filter (kind = 'sold') as customers,
    count(distinct day) filter (kind = 'sold') as days,
    coalesce(sum(ten), 0) as net__4,
    ratio(net__4, invoices, 1) as per_invoice__4,
    ratio(coalesce(sum(ten) filter (has_bought), 0), customers, 1) as per_customer__4,
    ratio(net__4, days, 1) as per_day__4
from (
    select *, customer is not null
        and bool_or(kind = 'sold') over (partition by customer{per_month}) as has_bought
    from lines where kind <> 'other'
)
{group}
"""

_PRODUCTS = """
with sold as (
    select {key} code, sum(quantity) as units, {revenue}
    from lines where product and kind <> 'other' group by {key} code
), names as (
    select code, first(text order by text is null, kind <> 'sold', moment desc, event desc) as text
    from lines group by code
)
select {key} code, text, units, invoices, gross__4, cancelled__4, net__4,
    1 + (select count(*) from sold better where better.net__4 > sold.net__4 {same}) as place
from sold join names using (code)
"""

_QUERIES = {
    "revenue_by_day": f"select day, {_REVENUE} from lines where kind <> 'other' group by day",
    "revenue_by_month": f"select month, {_REVENUE} from lines where kind <> 'other' group by month",
    "revenue_by_year": (
        f"select year(day) as y, {_REVENUE} from lines where kind <> 'other' group by y"
    ),
    "average_sales": _AVERAGES.format(key="", per_month="", group=""),
    "average_sales_by_month": _AVERAGES.format(
        key="month,", per_month=", month", group="group by month"
    ),
    "product_value": _PRODUCTS.format(key="", revenue=_REVENUE, same=""),
    "product_value_by_month": _PRODUCTS.format(
        key="month,", revenue=_REVENUE, same="and better.month = sold.month"
    ),
    "revenue_by_country": f"""
        with by_country as (
            select country, count(distinct customer) filter (kind = 'sold') as customers, {_REVENUE}
            from lines where kind <> 'other' group by country
        )
        select country, invoices, customers, gross__4, cancelled__4, net__4,
            ratio(net__4, sum(net__4) over (), 1000000) as share__6
        from by_country
    """,
    "cohort_retention": """
        with bought as (
            select distinct customer, month, min(month) over (partition by customer) as cohort
            from lines where kind = 'sold' and customer is not null
        ), counted as (
            select cohort, month, count(*) as customers from bought group by all
        )
        select c.cohort, datediff('month', c.cohort, c.month), c.customers, f.customers,
            ratio(c.customers, f.customers, 10000) as retention__4
        from counted c join counted f on f.cohort = c.cohort and f.month = c.cohort
    """,
    "basket_size": """
        select month, count(distinct invoice) as n, count(*) as held, sum(quantity) as units,
            ratio(held, n, 10000) as lines__4, ratio(units, n, 10000) as units__4,
            ratio(sum(ten), n, 1) as value__4
        from lines where kind = 'sold' group by month
    """,
    "cancellation_rate": f"""
        with by_month as (
            select month, count(distinct invoice) filter (kind = 'cancelled') as takings, {_REVENUE}
            from lines where kind <> 'other' group by month
        )
        select month, invoices, takings, ratio(takings, invoices + takings, 10000) as share__4,
            gross__4, cancelled__4, ratio(-cancelled__4, gross__4, 10000) as amount_share__4
        from by_month
    """,
    "new_and_returning_customers": """
        with known as (
            select *, min(month) filter (kind = 'sold') over (partition by customer) as first_month
            from lines where kind <> 'other' and customer is not null
        )
        select month,
            count(distinct customer) filter (kind = 'sold' and month = first_month),
            count(distinct customer) filter (kind = 'sold' and month > first_month),
            coalesce(sum(ten) filter (month = first_month), 0) as new__4,
            coalesce(sum(ten) filter (month > first_month), 0) as returning__4
        from known where month >= first_month group by month
    """,
}

_CUSTOMERS = """
select customer, min(moment) filter (kind = 'sold') as first_purchase,
    max(moment) filter (kind = 'sold') as last_purchase,
    count(distinct invoice) filter (kind = 'sold') as frequency,
    sum(ten) filter (kind <> 'other') as ten,
    first(country order by moment desc, event desc) as country
from lines where customer is not null group by customer having frequency > 0
"""

# Segments by recency score (columns 1 to 5) and frequency score (rows 5 to 1).
_GRID = {
    5: "Cannot lose them|Cannot lose them|Loyal customers|Loyal customers|Champions",
    4: "At risk|At risk|Loyal customers|Loyal customers|Champions",
    3: "At risk|At risk|Need attention|Potential loyalists|Potential loyalists",
    2: "Hibernating|Hibernating|About to sleep|Potential loyalists|Potential loyalists",
    1: "Hibernating|Hibernating|About to sleep|Promising|New customers",
}


def answers(path: Path) -> dict[str, list[Row]]:
    """Return the rows of each view by its name, sorted, as SQL tools print their values."""
    database = duckdb.connect()
    database.execute(_RATIO)
    database.execute(_LINES, {"path": str(path)})
    found = {name: _rows(database, query) for name, query in _QUERIES.items()}
    customers = database.execute(_CUSTOMERS).fetchall()
    return found | {"customer_value": in_order(_customer_values(customers))}


def in_order(rows: list[Row]) -> list[Row]:
    """Return rows in an order that does not depend on where they come from."""
    return sorted(rows, key=lambda row: [(value is not None, value or "") for value in row])


def _rows(database: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    found = database.execute(query)
    scales = [_scale(column[0]) for column in found.description or ()]
    return in_order(
        [
            tuple(text(value, scale) for value, scale in zip(row, scales, strict=True))
            for row in found.fetchall()
        ]
    )


def _scale(name: str) -> int | None:
    _, marked, digits = name.partition("__")
    return int(digits) if marked else None


def text(value: Any, scale: int | None = None) -> str | None:
    """Return a value as SQL tools print it; with a scale, a whole number of such parts."""
    if value is None:
        return None
    if scale is not None:
        return str(Decimal(value).scaleb(-scale))
    if isinstance(value, datetime):
        return value.isoformat(" ")
    return value.isoformat() if isinstance(value, date) else str(value)


def _customer_values(customers: list[Any]) -> list[Row]:
    latest = max((customer[2] for customer in customers), default=None)
    recency = _quintiles({number: last.date() for number, _, last, *_ in customers})
    frequency = _quintiles({customer[0]: customer[3] for customer in customers})
    monetary = _quintiles({customer[0]: customer[4] for customer in customers})
    return [
        (
            *(str(number), country, text(first), text(last)),
            *(str((latest.date() - last.date()).days), str(invoices), text(ten, 4)),
            *(str(scores[number]) for scores in (recency, frequency, monetary)),
            _GRID[frequency[number]].split("|")[recency[number] - 1],
        )
        for number, first, last, invoices, ten, country in customers
    ]


def _quintiles(measures: dict[int, Any]) -> dict[int, int]:
    """Deal customers out to five groups of sizes as equal as can be, the first ones larger."""
    ordered = sorted(measures, key=lambda number: (measures[number], number))
    return dict(zip(ordered, _scores(len(ordered)), strict=True))


def _scores(count: int) -> Iterator[int]:
    for score in range(1, 6):
        for _ in range(count // 5 + (score <= count % 5)):
            yield score
