"""What the workbook shows: its sheets, their filters and the dashboard, described in the small."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Derivation(Enum):
    """What a sheet takes of a field: Tableau's word for it and the prefix of its name."""

    PLAIN = ("None", "none")
    SUM = ("Sum", "sum")
    MONTH = ("Month-Trunc", "tmn")
    COUNT_DISTINCT = ("CountD", "ctd")


@dataclass(frozen=True)
class Use:
    """A use of a column in a sheet.

    Attributes
    ----------
    column : of the sheet's view.
    derivation : what is taken of it.
    continuous : True gives an axis, False headers; None is what the field's type suggests.
    """

    column: str
    derivation: Derivation = Derivation.PLAIN
    continuous: bool | None = None


@dataclass(frozen=True)
class Filter:
    """A filter of a sheet, which the dashboard shows.

    Attributes
    ----------
    column : of the sheet's view.
    title : what stands above it.
    between : both ends of a range, None for all; columns of text are chosen from a list.
    """

    column: str
    title: str
    between: tuple[int, int] | None = None
    is_range: bool = False


@dataclass(frozen=True)
class Sheet:
    """A sheet of the workbook.

    Attributes
    ----------
    title : its name too.
    alternative : what it shows, for those who do not see it.
    view : whose columns it uses.
    mark : Tableau's name of what is drawn.
    rows, columns : shelves.
    color, label : of the marks.
    filters : of the sheet.
    largest_first : column of `rows` to be sorted by the measure.
    """

    title: str
    alternative: str
    view: str
    mark: str
    rows: tuple[Use, ...]
    columns: tuple[Use, ...]
    color: Use | None = None
    label: Use | None = None
    filters: tuple[Filter, ...] = ()
    largest_first: bool = False


def _sum(column: str) -> Use:
    return Use(column, Derivation.SUM)


SHEETS = (
    Sheet(
        title="Revenue over time",
        alternative="Net revenue of each month as a line",
        view="revenue_by_month",
        mark="Line",
        rows=(_sum("net_revenue"),),
        columns=(Use("month", Derivation.MONTH, continuous=True),),
        filters=(Filter("month", "Months", is_range=True),),
    ),
    Sheet(
        title="Top products",
        alternative="Net revenue of the most valuable products as bars, the first on top",
        view="product_value",
        mark="Bar",
        rows=(Use("value_rank"), Use("description")),
        columns=(_sum("net_revenue"),),
        label=_sum("net_revenue"),
        filters=(Filter("value_rank", "Ranks of products", between=(1, 20), is_range=True),),
    ),
    Sheet(
        title="Customers by value",
        alternative="What the customers of each segment spent, as bars, and how many they are",
        view="customer_value",
        mark="Bar",
        rows=(Use("segment"),),
        columns=(_sum("monetary"),),
        label=Use("customer_id", Derivation.COUNT_DISTINCT),
        filters=(
            Filter("segment", "Segments"),
            Filter("country", "Countries of customers"),
        ),
        largest_first=True,
    ),
    Sheet(
        title="Countries",
        alternative="Net revenue of each country as bars, the largest on top",
        view="revenue_by_country",
        mark="Bar",
        rows=(Use("country"),),
        columns=(_sum("net_revenue"),),
        label=_sum("share_of_net"),
        filters=(Filter("country", "Countries"),),
        largest_first=True,
    ),
    Sheet(
        title="Cohorts",
        alternative=(
            "Share of the customers of each first month who bought again, by months since, "
            "as colours"
        ),
        view="cohort_retention",
        mark="Square",
        rows=(Use("cohort_month", Derivation.MONTH, continuous=False),),
        columns=(Use("months_since"),),
        color=_sum("retention"),
        label=_sum("retention"),
        filters=(Filter("cohort_month", "First months", is_range=True),),
    ),
)

DASHBOARD = "Sales"
DASHBOARD_ROWS = (
    ("Revenue over time", "Countries"),
    ("Top products", "Customers by value"),
    ("Cohorts",),
)
"""Sheets side by side, from top to bottom; the filters stand to the right of all."""
