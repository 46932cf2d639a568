"""Draws the report's charts as Vega-Lite specifications, by Altair.

A specification holds no data and no colour. The page gives it the dataset `rows`, each row with its
number as `row`, and moves the signal `cursor` to the row that is being read (-1: none); colours
are the styles named here, which the page takes from its style sheet for light and dark alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import altair as alt

Spec = dict[str, Any]
TimeUnit = Literal["utcyear", "utcyearmonth", "utcyearmonthdate"]

_HEIGHT = 260
_STEP = 38  # of a bar with its words above it
_CELL = 34
_ON_CURSOR = "datum.row === cursor"
# The month, and below the first and each January its year.
_MONTHS = (
    "[utcFormat(datum.value, '%b'), "
    "datum.index === 0 || utcmonth(datum.value) === 0 ? utcFormat(datum.value, '%Y') : '']"
)
_BARS = alt.Scale(paddingInner=0.25, paddingOuter=0.1)
_CELLS = alt.Scale(padding=0)
_UP = alt.Scale(nice=5)  # to the last of as many lines as the axes have
_COMPACT = "datum.value >= 1e6 ? format(datum.value, '.3~s') : format(datum.value, ',~r')"


def revenue(field: str, unit: TimeUnit, layout: str) -> Spec:
    """Draw by `field` gross sales up, cancellations down, and before them what remains, the net.

    Nothing joins one bar with the next: days on which the shop was closed stay empty.

    Parameters
    ----------
    unit : how long a bar lasts.
    layout : how the field is written, as d3 reads times.
    """
    x = _time_axis(field, unit)
    rows = _rows({field: f"utc:'{layout}'"}, "gross_sales", "cancellations", "net_revenue")
    narrow = alt.RelativeBandSize(band=0.5)
    return _finished(
        alt.layer(
            alt.Chart(rows).mark_bar(style="gross").encode(x, _y("gross_sales")),
            alt.Chart(rows).mark_bar(style="cancelled").encode(x, _y("cancellations")),
            alt.Chart(rows).mark_bar(style="net", width=narrow).encode(x, _y("net_revenue")),
            _targets(rows, x),
        )
    )


def months(
    series: Sequence[tuple[str, str]], *, form: str = "amount", stacked: bool = False
) -> Spec:
    """Draw fields month by month, as lines from nought or as bars on one another.

    Parameters
    ----------
    series : each field with the style that it is drawn in.
    form : `amount` or `percent`, of the axis.
    """
    x = _time_axis("month", "utcyearmonth")
    rows = _rows({"month": "utc:'%Y-%m-%d'"}, *(field for field, _ in series))
    axis = alt.Axis(title=None, format=".0%", tickCount=5) if form == "percent" else _amounts()
    layers: list[Any] = []
    below: list[str] = []
    for field, style in series:
        if stacked:
            bottom, top = "_".join(["to", *below]) if below else "nought", f"upto_{field}"
            start = " + ".join(f"datum.{name}" for name in below) or "0"
            layers.append(
                alt.Chart(rows)
                .transform_calculate(**{bottom: start, top: f"{start} + datum.{field}"})
                .mark_bar(style=style)
                .encode(x, alt.Y(f"{top}:Q", axis=axis, scale=_UP), alt.Y2(bottom))
            )
            below.append(field)
        else:
            y = alt.Y(f"{field}:Q", axis=axis, scale=_UP)
            layers.append(alt.Chart(rows).mark_line(style=style).encode(x, y))
            layers.append(_points(rows, x, y, f"{style}-point"))
    return _finished(alt.layer(*layers, _targets(rows, x)))


def ranking(name: str, amount: str, *, remark: str, most: int) -> Spec:
    """Draw the first rows as bars by `amount`, the words and the amount above each bar.

    Parameters
    ----------
    name : the field with the words.
    remark : Vega expression of what stands before the amount; empty for nothing.
    """
    rows = _rows({}, amount, "share_of_net", "customers")
    y = alt.Y("row:O", axis=None, scale=alt.Scale(paddingInner=0, paddingOuter=0))
    base = alt.Chart(rows).transform_filter(f"datum.row < {most}")
    words = alt.expr(f"width - {180 if remark else 80}")
    return _finished(
        alt.layer(
            base.mark_bar(style="rank", size=7, yOffset=9).encode(
                y, alt.X(f"{amount}:Q", axis=None, scale=alt.Scale(nice=False))
            ),
            base.mark_text(style="words", align="left", dy=-6, limit=words).encode(
                y, x=alt.value(0), text=alt.Text(f"{name}:N")
            ),
            base.transform_calculate(
                remark=remark or "''", shown=f"format(datum['{amount}'], ',.0f')"
            )
            .transform_calculate(said="datum.remark + datum.shown")
            .mark_text(style="amount", align="right", dy=-6)
            .encode(y, x=alt.value("width"), text=alt.Text("said:N")),
            base.mark_rect(style="target").encode(
                y, x=alt.value(0), x2=alt.value("width"), fillOpacity=_cursor_tint()
            ),
        ),
        height=_Rows(_STEP, "row", most),
    )


def cohorts() -> Spec:
    """Draw which share of each month's new customers bought again, months later."""
    rows = _rows({"cohort_month": "utc:'%Y-%m-%d'"}, "retention")
    months = alt.Axis(title="months after the first purchase", orient="top")
    x = alt.X("months_since:O", scale=_CELLS, axis=months)
    y = alt.Y(
        "cohort_month:O",
        timeUnit="utcyearmonth",
        scale=_CELLS,
        axis=alt.Axis(title=None, format="%b %Y"),
    )
    later = alt.Chart(rows).transform_filter("datum.months_since > 0")
    first = alt.Chart(rows).transform_filter("datum.months_since === 0")
    return _finished(
        alt.layer(
            later.mark_rect(style="cell").encode(
                x, y, alt.Color("retention:Q", legend=None, scale=alt.Scale(zero=True))
            ),
            later.mark_text(style="cell-text", opacity=_where_it_fits("x", 30)).encode(
                x, y, text=alt.Text("retention:Q", format=".0%")
            ),
            first.mark_text(style="cell-size", opacity=_where_it_fits("x", 30)).encode(
                x, y, text=alt.Text("cohort_size:Q", format=",d")
            ),
            _cells(rows, x, y),
        ),
        height=_Rows(_CELL, "cohort_month"),
    )


def scores() -> Spec:
    """Draw how many customers have each pair of recency and frequency scores."""
    rows = _rows({}, "customers")
    recency = alt.Axis(title="recency score: 5 bought most recently")
    x = alt.X("recency_score:O", scale=_CELLS, axis=recency)
    y = alt.Y(
        "frequency_score:O",
        sort="descending",
        scale=_CELLS,
        axis=alt.Axis(title="frequency score: 5 buy most often"),
    )
    base = alt.Chart(rows)
    return _finished(
        alt.layer(
            base.mark_rect(style="cell").encode(
                x, y, alt.Color("customers:Q", legend=None, scale=alt.Scale(zero=True))
            ),
            base.mark_text(style="cell-text").encode(
                x, y, text=alt.Text("customers:Q", format=",d")
            ),
            _cells(rows, x, y),
        ),
        height=_Rows(_CELL * 1.4, "frequency_score"),
    )


def _rows(times: dict[str, str], *numbers: str) -> alt.NamedData:
    parse = {**times, **dict.fromkeys(numbers, "number")}
    return alt.NamedData("rows", format=alt.JsonDataFormat(parse=parse))


def _time_axis(field: str, unit: TimeUnit) -> alt.X:
    """Return an axis of time: days on a continuous one, months and years each with its place."""
    if unit == "utcyearmonthdate":
        axis = alt.Axis(title=None, grid=False, labelOverlap="greedy", tickCount=8)
        return alt.X(f"{field}:T", timeUnit=unit, axis=axis)
    labels = _MONTHS if unit == "utcyearmonth" else "utcFormat(datum.value, '%Y')"
    axis = alt.Axis(title=None, grid=False, labelOverlap="greedy", labelExpr=labels)
    return alt.X(f"{field}:O", timeUnit=unit, axis=axis, scale=_BARS)


def _amounts() -> alt.Axis:
    return alt.Axis(title=None, tickCount=5, labelExpr=_COMPACT)


def _y(field: str) -> alt.Y:
    return alt.Y(f"{field}:Q", axis=_amounts(), scale=_UP)


def _points(rows: alt.NamedData, x: alt.X, y: alt.Y, style: str) -> Any:
    """Show the point that is read; all points, where there are few."""
    few = "length(data('rows')) <= 40 ? 1 : 0"
    opacity = alt.when(_ON_CURSOR).then(alt.value(1)).otherwise(alt.value(alt.expr(few)))
    return alt.Chart(rows).mark_point(style=style).encode(x, y, opacity=opacity)


def _targets(rows: alt.NamedData, x: alt.X) -> Any:
    """Lie over all, from top to bottom: what the mouse meets, and what shows the cursor."""
    return (
        alt.Chart(rows)
        .mark_rect(style="target")
        .encode(x, y=alt.value(0), y2=alt.value("height"), fillOpacity=_cursor_tint())
    )


def _cells(rows: alt.NamedData, x: alt.X, y: alt.Y) -> Any:
    strokes = alt.when(_ON_CURSOR).then(alt.value(2)).otherwise(alt.value(0))
    return alt.Chart(rows).mark_rect(style="cell-target").encode(x, y, strokeWidth=strokes)


def _cursor_tint() -> Any:
    return alt.when(_ON_CURSOR).then(alt.value(0.12)).otherwise(alt.value(0))


def _where_it_fits(scale: str, pixels: int) -> Any:
    return alt.expr(f"bandwidth('{scale}') >= {pixels} ? 1 : 0")


class _Rows(NamedTuple):
    """The height of a chart that has a row for each value of `field`, `most` at the most."""

    step: float
    field: str
    most: int = 1_000


def _finished(chart: Any, height: int | _Rows = _HEIGHT) -> Spec:
    spec: Spec = (
        chart.add_params(alt.param(name="cursor", value=-1)).properties(width="container").to_dict()
    )
    if isinstance(height, int):
        spec["height"] = height
    else:  # the page knows how many rows there are: Vega-Lite cannot fit a width beside a step
        spec["usermeta"] = {"rows": height._asdict()}
    spec.pop("$schema")  # an address: the page names none
    spec.pop("config", None)  # the page has its own
    return spec
