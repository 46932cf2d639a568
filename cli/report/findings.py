"""Says in a sentence what each chart shows, from the same rows, in exact arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from cli.report.figures import count, day, money, month, percent, plural
from cli.report.queries import Data, only_row

Finding = Callable[[Data], str]
Record = Mapping[str, Any]


def revenue(data: Data) -> str:
    """Name the best month and the best day."""
    best_month = _greatest(data["revenue_by_month"].records(), "net_revenue")
    best_day = _greatest(data["revenue_by_day"].records(), "net_revenue")
    return (
        f"The best month was {month(best_month['month'])} with {money(best_month['net_revenue'])} "
        f"net; the best day {day(best_day['day'])} with {money(best_day['net_revenue'])}."
    )


def products(data: Data) -> str:
    """Name the most valuable product and what share it brings."""
    ranked = data["top_products"].records()
    if not ranked:
        return "No product was sold."
    total = Decimal(only_row(data["average_sales"])["net_revenue"])
    first = ranked[0]
    together = sum((Decimal(each["net_revenue"]) for each in ranked), Decimal(0))
    name = first["description"] or first["stock_code"]
    if len(ranked) == 1:
        return f"{name} is the only product sold."
    return (
        f"{name} leads with {money(first['net_revenue'])}{_share(first['net_revenue'], total)}; "
        f"the first {len(ranked)} together bring {money(together)}{_share(together, total)}."
    )


def customers(data: Data) -> str:
    """Name the segment that brings most, and how many customers that takes."""
    segments = data["customer_segments"].records()
    if not segments:
        return "No sale names its customer."
    first = segments[0]
    people = sum(int(each["customers"]) for each in segments)
    total = sum((Decimal(each["monetary"]) for each in segments), Decimal(0))
    return (
        f"{first['segment']}: {plural(int(first['customers']), 'customer')}"
        f"{_share(Decimal(first['customers']), Decimal(people), 'of all')}, "
        f"who bring {money(first['monetary'])}{_share(first['monetary'], total, 'of the value')}."
    )


def countries(data: Data) -> str:
    """Name the first country and the ones after it."""
    found = data["revenue_by_country"].records()
    first, others = found[0], [each["country"] for each in found[1:4]]
    come = "comes" if len(others) == 1 else "come"
    after = f"; then {come} {_listed(others)}" if others else ""
    return f"{first['country']} brings {percent(first['share_of_net'])} of net revenue{after}."


def cohorts(data: Data) -> str:
    """Say how many of each month's new customers came back a month later, over all cohorts."""
    records = data["cohort_retention"].records()
    later = [each for each in records if each["months_since"] == 1]
    if not later:
        return "No customer has had a month's time to buy again."
    size = sum(int(each["cohort_size"]) for each in later)
    back = sum(int(each["customers"]) for each in later)
    return (
        f"A month after their first purchase {percent(Decimal(back) / size)} "
        f"of the customers bought again ({count(back)} of {count(size)})."
    )


def basket(data: Data) -> str:
    """Say what an average invoice holds in the latest month."""
    records = data["basket_size"].records()
    if not records:
        return "Nothing was sold."
    last = records[-1]
    lines, units = Decimal(last["average_lines"]), Decimal(last["average_units"])
    return (
        f"In {month(last['month'])} the average invoice was worth {money(last['average_value'])}: "
        f"{lines:,.1f} lines, {units:,.1f} units."
    )


def cancellations(data: Data) -> str:
    """Name the month in which most was cancelled."""
    records = data["cancellation_rate"].records()
    if not records:
        return "Nothing was sold."
    worst = _greatest(records, "cancelled_amount_share")
    return (
        f"Most was cancelled in {month(worst['month'])}: "
        f"{percent(worst['cancelled_amount_share'])} of the gross sales."
    )


def new_and_returning(data: Data) -> str:
    """Say who brought the latest month's revenue."""
    records = data["new_and_returning_customers"].records()
    if not records:
        return "No sale names its customer."
    last = records[-1]
    new, returning = (
        Decimal(last["revenue_of_new"] or 0),
        Decimal(last["revenue_of_returning"] or 0),
    )
    return (
        f"In {month(last['month'])} {plural(int(last['returning_customers']), 'customer')} came "
        f"back and brought {money(returning)}{_share(returning, new + returning, 'of both')}; "
        f"{plural(int(last['new_customers']), 'new customer')} brought {money(new)}."
    )


def _greatest(records: Iterable[Record], field: str) -> Record:
    value: Callable[[Record], Decimal] = lambda record: Decimal(record[field] or 0)  # noqa: E731
    return max(records, key=value)


def _share(part: str | Decimal, whole: Decimal, of: str = "of net revenue") -> str:
    """Return a share in brackets; nothing where the whole is none to have a share of."""
    return f" ({percent(Decimal(part) / whole)} {of})" if whole > 0 else ""


def _listed(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
