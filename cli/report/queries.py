"""What the report asks the warehouse: the statements, and their answers as one moment's data."""

# ruff: noqa: S608 - the statements are put together from constants of this file

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from cli.errors import CliError
from cli.query_result import QueryResult
from cli.target import Target
from cli.warehouse import query_together

RANKED_PRODUCTS = 20
LARGEST_CUSTOMERS = 20
_REVENUE = "invoices, gross_sales, cancellations, net_revenue"
_PRODUCT = f"value_rank, stock_code, description, units, {_REVENUE}"

Data = Mapping[str, QueryResult]

# Each answer is small whatever the shop's size: the largest have a row a day, or 20 rows a month.
QUERIES = {
    "average_sales": (
        "SELECT invoices, customers, days, net_revenue, average_per_invoice, "
        "average_per_customer, average_per_day FROM retail.average_sales"
    ),
    "view_freshness": "SELECT loaded_at, refreshed_at, is_current FROM retail.view_freshness",
    "revenue_by_day": f"SELECT day, {_REVENUE} FROM retail.revenue_by_day ORDER BY day",
    "revenue_by_month": f"SELECT month, {_REVENUE} FROM retail.revenue_by_month ORDER BY month",
    "revenue_by_year": f"SELECT year, {_REVENUE} FROM retail.revenue_by_year ORDER BY year",
    "top_products": (
        f"SELECT {_PRODUCT} FROM retail.product_value "
        f"WHERE value_rank <= {RANKED_PRODUCTS} ORDER BY value_rank, stock_code"
    ),
    "top_products_by_month": (
        f"SELECT month, {_PRODUCT} FROM retail.product_value_by_month "
        f"WHERE value_rank <= {RANKED_PRODUCTS} ORDER BY month, value_rank, stock_code"
    ),
    "customer_segments": (
        "SELECT segment, COUNT(*) AS customers, SUM(frequency) AS invoices, "
        "SUM(monetary) AS monetary FROM retail.customer_value GROUP BY segment "
        "ORDER BY monetary DESC, segment"
    ),
    "customer_scores": (
        "SELECT recency_score, frequency_score, COUNT(*) AS customers, "
        "SUM(monetary) AS monetary FROM retail.customer_value "
        "GROUP BY recency_score, frequency_score ORDER BY recency_score, frequency_score"
    ),
    "largest_customers": (
        "SELECT customer_id, country, segment, CAST(first_purchase AS DATE) AS first_purchase, "
        "CAST(last_purchase AS DATE) AS last_purchase, recency_days, frequency, monetary "
        "FROM retail.customer_value "
        f"ORDER BY monetary DESC, customer_id LIMIT {LARGEST_CUSTOMERS}"
    ),
    "revenue_by_country": (
        "SELECT country, invoices, customers, gross_sales, cancellations, net_revenue, "
        "share_of_net FROM retail.revenue_by_country ORDER BY net_revenue DESC, country"
    ),
    "cohort_retention": (
        "SELECT cohort_month, months_since, customers, cohort_size, retention "
        "FROM retail.cohort_retention ORDER BY cohort_month, months_since"
    ),
    "basket_size": (
        "SELECT month, invoices, lines, units, average_lines, average_units, average_value "
        "FROM retail.basket_size ORDER BY month"
    ),
    "cancellation_rate": (
        "SELECT month, sales_invoices, cancelled_invoices, cancelled_share, gross_sales, "
        "cancellations, cancelled_amount_share FROM retail.cancellation_rate ORDER BY month"
    ),
    "new_and_returning_customers": (
        "SELECT month, new_customers, returning_customers, revenue_of_new, revenue_of_returning "
        "FROM retail.new_and_returning_customers ORDER BY month"
    ),
}


def read_data(target: Target) -> Data:
    """Return the answers to all queries, by name, as one transaction saw the warehouse.

    Raises
    ------
    CliError : a view is missing, or the warehouse holds no sale; the message says what to do.
    """
    try:
        answers = query_together(target, list(QUERIES.values()))
    except CliError as error:
        missing = re.search(r'relation "?([\w.]+)"? does not exist|schema "(\w+)"', str(error))
        if missing is None:
            raise
        name = next(filter(None, missing.groups()))
        raise CliError(
            f"the warehouse has no {name}: a run's load creates the views, start one with `etl run`"
        ) from error
    data = dict(zip(QUERIES, answers, strict=True))
    if not data["revenue_by_day"].rows:
        raise CliError(
            "the warehouse holds no sales yet: send some with `etl send FILE`, then `etl run`"
        )
    return data


def only_row(answer: QueryResult) -> dict[str, Any]:
    """Return the row of an answer that has one."""
    (row,) = answer.records()
    return row
