"""The report's sections: which rows each shows, how it draws them, what its table holds."""

from __future__ import annotations

from typing import Any

from cli.report import charts, findings
from cli.report.figures import month
from cli.report.layout import Column, Option, Part, Section
from cli.report.queries import RANKED_PRODUCTS, Data

_MOST_COHORTS = 24
_MOST_BARS = 12


_REVENUE = (
    Column("net_revenue", "Net revenue", "money"),
    Column("gross_sales", "Gross sales", "money"),
    Column("cancellations", "Cancellations", "money"),
    Column("invoices", "Invoices", "count"),
)
_MONTH = Column("month", "Month", "month")


def first_section(data: Data) -> Section:
    """Return the section that opens the report, over its whole width."""
    return _revenue(data)


def parts(data: Data) -> tuple[Part, ...]:
    """Return the parts that stand side by side below it."""
    return (
        Part(
            "What sells",
            (_products(data), _countries(data), _basket(data), _cancellations(data)),
        ),
        Part(
            "Who buys",
            (_segments(data), _scores(data), _cohorts(data), _new_and_returning(data)),
        ),
    )


def largest_customers() -> tuple[Column, ...]:
    """Return the columns of the table of the largest customers."""
    return (
        Column("customer_id", "Customer"),
        Column("country", "Country"),
        Column("segment", "Segment"),
        Column("monetary", "Value", "money"),
        Column("frequency", "Invoices", "count"),
        Column("first_purchase", "First", "day"),
        Column("last_purchase", "Last", "day"),
    )


def trimmed(data: Data) -> dict[str, list[list[Any]]]:
    """Return all rows that the page holds, by query; of the cohorts the latest only."""
    rows = {
        name: [list(each.values()) for each in answer.records()] for name, answer in data.items()
    }
    months = sorted({row[0] for row in rows["cohort_retention"]})[-_MOST_COHORTS:]
    rows["cohort_retention"] = [row for row in rows["cohort_retention"] if row[0] in months]
    return rows


def _revenue(data: Data) -> Section:
    grains: tuple[tuple[str, str, charts.TimeUnit, str, str], ...] = (
        ("Day", "day", "utcyearmonthdate", "%Y-%m-%d", "day"),
        ("Month", "month", "utcyearmonth", "%Y-%m-%d", "month"),
        ("Year", "year", "utcyear", "%Y", "text"),
    )
    return Section(
        id="revenue",
        title="Revenue over time",
        finding=findings.revenue(data),
        measure="Net revenue is gross sales plus cancellations, which are negative amounts.",
        options=tuple(
            Option(label, grain, f"revenue_by_{grain}", (Column(grain, label, kind), *_REVENUE))
            for label, grain, _, _, kind in (grains[1], grains[0], grains[2])
        ),
        specs={grain: charts.revenue(grain, unit, layout) for _, grain, unit, layout, _ in grains},
        legend=(("net", "Net"), ("gross", "Gross sales"), ("cancelled", "Cancellations")),
        choose="Revenue by",
    )


def _products(data: Data) -> Section:
    columns = (
        Column("value_rank", "Rank", "count"),
        Column("description", "Product"),
        Column("stock_code", "Code"),
        *_REVENUE,
        Column("units", "Units", "count"),
    )
    months = sorted({str(row[0]) for row in data["top_products_by_month"].rows}, reverse=True)
    by_month = (
        Option(month(each), "products", "top_products_by_month", columns, {"month": each})
        for each in months
    )
    return Section(
        id="products",
        title="Most valuable products",
        finding=findings.products(data),
        measure=f"Products by net revenue: {_MOST_BARS} drawn, {RANKED_PRODUCTS} in the table. "
        "Postage, fees and vouchers are no products.",
        options=(Option("All time", "products", "top_products", columns), *by_month),
        specs={
            "products": charts.ranking("description", "net_revenue", remark="", most=_MOST_BARS)
        },
        choose="Period",
        is_list=True,
    )


def _segments(data: Data) -> Section:
    columns = (
        Column("segment", "Segment"),
        Column("customers", "Customers", "count"),
        Column("monetary", "Value", "money"),
        Column("invoices", "Invoices", "count"),
    )
    remark = "format(datum.customers, ',d') + ' customers \N{MIDDLE DOT} '"
    return Section(
        id="segments",
        title="Customers by value",
        finding=findings.customers(data),
        measure="Segments by recency, frequency and monetary value; purchases without a customer "
        "number are left out. Value is net revenue.",
        options=(Option("", "segments", "customer_segments", columns),),
        specs={"segments": charts.ranking("segment", "monetary", remark=remark, most=_MOST_BARS)},
    )


def _scores(data: Data) -> Section:
    columns = (
        Column("recency_score", "Recency score", "count"),
        Column("frequency_score", "Frequency score", "count"),
        Column("customers", "Customers", "count"),
        Column("monetary", "Value", "money"),
    )
    del data
    return Section(
        id="scores",
        title="How recently, how often",
        finding="Each cell counts the customers with that pair of scores: the best are top right.",
        measure="Scores are fifths of all customers, from 1 to 5.",
        options=(Option("", "scores", "customer_scores", columns),),
        specs={"scores": charts.scores()},
    )


def _countries(data: Data) -> Section:
    columns = (
        Column("country", "Country"),
        Column("net_revenue", "Net revenue", "money"),
        Column("share_of_net", "Share", "share"),
        Column("gross_sales", "Gross sales", "money"),
        Column("cancellations", "Cancellations", "money"),
        Column("customers", "Customers", "count"),
        Column("invoices", "Invoices", "count"),
    )
    first = data["revenue_by_country"].rows[0][0]
    everyone = Option("All", "countries", "revenue_by_country", columns)
    others = Option(f"Without {first}", "countries", "revenue_by_country", columns, skip=1)
    remark = "format(datum.share_of_net, '.1%') + ' \N{MIDDLE DOT} '"
    return Section(
        id="countries",
        title="Countries",
        finding=findings.countries(data),
        measure=f"Net revenue by the country of the invoice; the first {_MOST_BARS} drawn.",
        options=(everyone, others) if len(data["revenue_by_country"].rows) > 1 else (everyone,),
        specs={
            "countries": charts.ranking("country", "net_revenue", remark=remark, most=_MOST_BARS)
        },
        choose="Countries",
    )


def _cohorts(data: Data) -> Section:
    columns = (
        Column("cohort_month", "First purchase", "month"),
        Column("months_since", "Months later", "count"),
        Column("customers", "Customers", "count"),
        Column("cohort_size", "Of", "count"),
        Column("retention", "Share", "share"),
    )
    return Section(
        id="cohorts",
        title="Who comes back",
        finding=findings.cohorts(data),
        measure="Of the customers who first bought in a month, the share that bought so many "
        f"months later; month 0 shows how many they were. The latest {_MOST_COHORTS} months.",
        options=(Option("", "cohorts", "cohort_retention", columns),),
        specs={"cohorts": charts.cohorts()},
    )


def _new_and_returning(data: Data) -> Section:
    columns = (
        _MONTH,
        Column("revenue_of_new", "Revenue of new", "money"),
        Column("revenue_of_returning", "Revenue of returning", "money"),
        Column("new_customers", "New customers", "count"),
        Column("returning_customers", "Returning customers", "count"),
    )
    name = "new_and_returning_customers"
    revenue = (("revenue_of_new", "new"), ("revenue_of_returning", "returning"))
    people = (("new_customers", "new"), ("returning_customers", "returning"))
    return Section(
        id="returning",
        title="New and returning customers",
        finding=findings.new_and_returning(data),
        measure="A customer is new in the month of the first purchase: in the data's first month "
        "all are.",
        options=(
            Option("Revenue", "revenue", name, columns),
            Option("Customers", "customers", name, columns),
        ),
        specs={
            "revenue": charts.months(revenue, stacked=True),
            "customers": charts.months(people, stacked=True),
        },
        legend=(("new", "New"), ("returning", "Returning")),
        choose="Measure",
    )


def _basket(data: Data) -> Section:
    columns = (
        _MONTH,
        Column("average_value", "Value", "decimal"),
        Column("average_lines", "Lines", "decimal"),
        Column("average_units", "Units", "decimal"),
        Column("invoices", "Invoices", "count"),
    )
    measures = (("Value", "value"), ("Lines", "lines"), ("Units", "units"))
    return Section(
        id="basket",
        title="Basket size",
        finding=findings.basket(data),
        measure="Averages of an invoice, month by month; cancellations are left out.",
        options=tuple(Option(label, name, "basket_size", columns) for label, name in measures),
        specs={name: charts.months([(f"average_{name}", "net")]) for _, name in measures},
        choose="Average",
    )


def _cancellations(data: Data) -> Section:
    columns = (
        _MONTH,
        Column("cancelled_share", "Of invoices", "share"),
        Column("cancelled_amount_share", "Of amounts", "share"),
        Column("cancelled_invoices", "Cancelled invoices", "count"),
        Column("sales_invoices", "Sales invoices", "count"),
        Column("cancellations", "Cancellations", "money"),
        Column("gross_sales", "Gross sales", "money"),
    )
    series = (("cancelled_share", "cancelled"), ("cancelled_amount_share", "net"))
    return Section(
        id="cancellations",
        title="Cancellations",
        finding=findings.cancellations(data),
        measure="What share of the invoices, and of the gross sales, was cancelled in each month.",
        options=(Option("", "cancellations", "cancellation_rate", columns),),
        specs={"cancellations": charts.months(series, form="percent")},
        legend=(("cancelled", "Of invoices"), ("net", "Of amounts")),
    )
