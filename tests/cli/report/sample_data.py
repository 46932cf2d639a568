"""A small shop's answers to the report's queries, with names that are traps for HTML."""

from __future__ import annotations

from cli.query_result import QueryResult, Row

TRAP = "</script><script>alert(1)</script>"
TRAPS = (
    TRAP,
    "<!-- <script>",
    'Tea & "Biscuits" <b>',
    "{{ 7 * 7 }}",
    "caf\N{LATIN SMALL LETTER E WITH ACUTE} \N{BOX DRAWINGS LIGHT HORIZONTAL}\u2028x",
)
MONTHS = ("2010-12-01", "2011-01-01", "2011-02-01")
NET = ("-1234.5000", "1234567.8910", "2000.0049")


def sample_data() -> dict[str, QueryResult]:
    """Return answers of the shape that `cli.report.queries.QUERIES` gets."""
    return {name: _answer(columns, rows) for name, (columns, rows) in _ANSWERS.items()}


def _answer(columns: str, rows: list[list[object]]) -> QueryResult:
    pairs = [column.split(":") for column in columns.split()]
    texts: list[Row] = [[None if each is None else str(each) for each in row] for row in rows]
    return QueryResult([name for name, _ in pairs], [kind for _, kind in pairs], texts, 0.0)


_REVENUE = (
    "invoices:bigint gross_sales:decimal(38,4) cancellations:decimal(38,4) "
    "net_revenue:decimal(38,4)"
)
_PRODUCT = f"value_rank:bigint stock_code:varchar description:varchar units:bigint {_REVENUE}"


def _revenue(net: str) -> list[object]:
    """Return invoices, gross sales, cancellations and their sum, the net revenue."""
    ten_thousandths = int(net.replace(".", "")) + 10_000
    sign, digits = ("-", -ten_thousandths) if ten_thousandths < 0 else ("", ten_thousandths)
    return [3, f"{sign}{digits // 10_000}.{digits % 10_000:04d}", "-1.0000", net]


_ANSWERS: dict[str, tuple[str, list[list[object]]]] = {
    "average_sales": (
        "invoices:bigint customers:bigint days:bigint net_revenue:decimal(38,4) "
        "average_per_invoice:decimal(18,4) average_per_customer:decimal(18,4) "
        "average_per_day:decimal(18,4)",
        [[9, 4, 5, "1235333.3959", "137259.2662", "1000.5000", "247066.6792"]],
    ),
    "view_freshness": (
        "loaded_at:timestamp refreshed_at:timestamp is_current:boolean",
        [["2026-11-22 20:40:00", "2026-11-22 20:40:01", "true"]],
    ),
    "revenue_by_day": (
        f"day:date {_REVENUE}",
        [
            ["2010-12-01", *_revenue("-1234.5000")],
            ["2011-01-04", *_revenue("1234567.8900")],
            ["2011-01-31", *_revenue("0.0010")],
            ["2011-02-28", *_revenue("2000.0049")],
        ],
    ),
    "revenue_by_month": (
        f"month:date {_REVENUE}",
        [[month, *_revenue(net)] for month, net in zip(MONTHS, NET, strict=True)],
    ),
    "revenue_by_year": (
        f"year:integer {_REVENUE}",
        [[2010, *_revenue("-1234.5000")], [2011, *_revenue("1236567.8959")]],
    ),
    "top_products": (
        _PRODUCT,
        [
            [rank, f"1000{rank}", name, 10, *_revenue(f"{600 - 100 * rank}.2500")]
            for rank, name in enumerate(TRAPS, 1)
        ],
    ),
    "top_products_by_month": (
        f"month:date {_PRODUCT}",
        [
            [MONTHS[1], 1, "10001", TRAP, 10, *_revenue("500.2500")],
            [MONTHS[1], 2, "10009", None, 1, *_revenue("7.0000")],
            [MONTHS[2], 1, "10002", TRAPS[1], 10, *_revenue("400.2500")],
        ],
    ),
    "customer_segments": (
        "segment:varchar customers:bigint invoices:numeric monetary:decimal(38,4)",
        [["Champions", 3, 7, "3000.2500"], ["At risk", 1, 1, "1001.7500"]],
    ),
    "customer_scores": (
        "recency_score:integer frequency_score:integer customers:bigint monetary:decimal(38,4)",
        [[1, 1, 1, "1001.7500"], [5, 4, 2, "1000.2500"], [5, 5, 1, "2000.0000"]],
    ),
    "largest_customers": (
        "customer_id:bigint country:varchar segment:varchar first_purchase:date "
        "last_purchase:date recency_days:integer frequency:bigint monetary:decimal(38,4)",
        [[17850, TRAP, "Champions", "2010-12-01", "2011-02-28", 0, 5, "2000.0000"]],
    ),
    "revenue_by_country": (
        "country:varchar invoices:bigint customers:bigint gross_sales:decimal(38,4) "
        "cancellations:decimal(38,4) net_revenue:decimal(38,4) share_of_net:decimal(12,6)",
        [
            ["United Kingdom", 7, 3, "1235334.4959", "-1.1000", "1235333.3959", "0.999191"],
            [TRAP, 2, 1, "1001.0000", "-1.0000", "1000.0000", "0.000809"],
        ],
    ),
    "cohort_retention": (
        "cohort_month:date months_since:integer customers:bigint cohort_size:bigint "
        "retention:decimal(5,4)",
        [
            [MONTHS[0], 0, 3, 3, "1.0000"],
            [MONTHS[0], 1, 1, 3, "0.3333"],
            [MONTHS[0], 2, 2, 3, "0.6667"],
            [MONTHS[1], 0, 1, 1, "1.0000"],
        ],
    ),
    "basket_size": (
        "month:date invoices:bigint lines:bigint units:bigint average_lines:decimal(18,4) "
        "average_units:decimal(18,4) average_value:decimal(18,4)",
        [[month, 3, 9, 30, "3.0000", "10.0000", f"41{at}.6667"] for at, month in enumerate(MONTHS)],
    ),
    "cancellation_rate": (
        "month:date sales_invoices:bigint cancelled_invoices:bigint cancelled_share:decimal(5,4) "
        "gross_sales:decimal(38,4) cancellations:decimal(38,4) "
        "cancelled_amount_share:decimal(18,4)",
        [
            [MONTHS[0], 0, 1, "1.0000", "0.0000", "-1234.5000", None],
            [MONTHS[1], 3, 1, "0.2500", "1234568.8900", "-1.0000", "0.0000"],
            [MONTHS[2], 6, 1, "0.1429", "2001.0049", "-41.2200", "0.0206"],
        ],
    ),
    "new_and_returning_customers": (
        "month:date new_customers:bigint returning_customers:bigint "
        "revenue_of_new:decimal(38,4) revenue_of_returning:decimal(38,4)",
        [[MONTHS[1], 3, 0, "4000.0000", "0.0000"], [MONTHS[2], 1, 2, "1000.0000", "1000.0049"]],
    ),
}
