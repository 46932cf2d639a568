"""The sales report: its headline numbers, its sections, and the data that its charts draw."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from cli.report.figures import count, day, exact, moment, money, percent, plural
from cli.report.layout import Section
from cli.report.page import embedded_json, render
from cli.report.queries import Data, only_row
from cli.report.sections import first_section, largest_customers, parts, trimmed


@dataclass(frozen=True)
class Headline:
    """A number at the head of the page; `exactly` has its digits, where it was rounded."""

    label: str
    value: str
    exactly: str = ""


def render_sales(data: Data, source: str, now: datetime) -> str:
    """Return the sales report as HTML.

    Parameters
    ----------
    source : what the page says its figures are from, such as the stack's name.
    """
    first, others = first_section(data), parts(data)
    shown = [first, *(each for part in others for each in part.sections)]
    return render(
        "sales.html.j2",
        scripts=("theme.js", "vega", "page.js"),
        source=source,
        made=moment(now),
        period=_period(data),
        summary=_summary(data),
        headlines=headlines(data),
        first=first,
        parts=others,
        freshness=only_row(data["view_freshness"]) if data["view_freshness"].rows else None,
        data=embedded_json(_embedded(data, shown)),
    )


def headlines(data: Data) -> list[Headline]:
    """Return the numbers at the head of the page."""
    average = only_row(data["average_sales"])
    months = data["cancellation_rate"].records()
    cancelled = sum(int(each["cancelled_invoices"]) for each in months)
    invoices = cancelled + sum(int(each["sales_invoices"]) for each in months)
    return [
        _net_revenue(average["net_revenue"]),
        Headline("Average per invoice", _average(average["average_per_invoice"])),
        Headline("Average per customer", _average(average["average_per_customer"])),
        Headline("Average per day", _average(average["average_per_day"])),
        Headline("Invoices", count(int(average["invoices"]))),
        Headline("Customers", count(int(average["customers"]))),
        Headline(
            "Cancellation rate",
            percent(Decimal(cancelled) / invoices) if invoices else "none",
            f"{count(cancelled)} of {count(invoices)} invoices",
        ),
    ]


def _net_revenue(amount: str) -> Headline:
    shown, exactly = money(amount), exact(amount)
    return Headline("Net revenue", shown, f"exactly {exactly}" if exactly != shown else "")


def _average(amount: str | None) -> str:
    return "none" if amount is None else money(amount)


def _period(data: Data) -> str:
    days = data["revenue_by_day"].records()
    first, last = day(days[0]["day"]), day(days[-1]["day"])
    return first if first == last else f"{first} to {last}"


def _summary(data: Data) -> str:
    average = only_row(data["average_sales"])
    parts = (
        plural(int(average["invoices"]), "invoice"),
        plural(int(average["customers"]), "customer"),
        plural(len(data["revenue_by_country"].rows), "country"),
        plural(int(average["days"]), "day") + " of trade",
    )
    return ", ".join(parts[:-1]) + f" and {parts[-1]}"


def _embedded(data: Data, shown: list[Section]) -> dict[str, Any]:
    """Return what the scripts read: the rows of every query once, and how to show them."""
    rows = trimmed(data)
    return {
        "data": {
            name: {"columns": answer.columns, "rows": rows[name]}
            for name, answer in data.items()
            if name not in {"average_sales", "view_freshness"}
        },
        "sections": {
            each.id: {
                "title": each.title,
                "options": [asdict(option) for option in each.options],
                "specs": each.specs,
            }
            for each in shown
        },
        "tables": {"largest_customers": [asdict(column) for column in largest_customers()]},
    }
