"""Ways to break a CSV row, each of which the pipeline has to refuse or to quarantine."""

from __future__ import annotations

import csv
from collections.abc import Callable

Break = Callable[[list[str]], None]
_COLUMNS = (
    "InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID",
    "Country",
)  # fmt: skip


def _setting(column: str, value: str) -> Break:
    place = _COLUMNS.index(column)

    def break_row(values: list[str]) -> None:
        values[place] = value

    return break_row


def _drop_last_column(values: list[str]) -> None:
    values.pop()


def _split_description(values: list[str]) -> None:
    """Do what an unquoted comma in a description does: every later value moves one column on."""
    values[2:3] = ["WHITE", " METAL LANTERN"]


WAYS: tuple[Break, ...] = (
    _setting("Quantity", "six"),
    _setting("Quantity", "0"),
    _setting("UnitPrice", "2.55001"),
    _setting("InvoiceDate", "1/1/2999 8:26"),
    _setting("InvoiceNo", ""),
    _setting("Description", "NUL \0 INSIDE"),
    _setting("UnitPrice", "£2.55"),
    _setting("Quantity", "99999999999"),
    _drop_last_column,
    _setting("InvoiceDate", "2/30/2011 10:00"),
    _setting("CustomerID", "ANONYMOUS"),
    _setting("Description", "LONG " * 120),
    _setting("Quantity", "2.5"),
    _split_description,
    _setting("StockCode", ""),
    _setting("InvoiceDate", "31.12.2010 10:00"),
    _setting("UnitPrice", "12345678.9"),
    _setting("Country", ""),
    _setting("InvoiceNo", "5" * 30),
    _setting("CustomerID", "17850.5"),
    _setting("Quantity", ""),
    _setting("InvoiceDate", "1/1/1900 0:00"),
    _setting("StockCode", "9" * 40),
    _setting("UnitPrice", ""),
    _setting("Country", "U" * 80),
    _setting("InvoiceDate", ""),
    _setting("UnitPrice", "1e400"),
)


def break_line(line: str, way: int) -> list[str]:
    """Return the values of a CSV line, broken in the way of that number (any number, in turn)."""
    values = next(csv.reader([line]))
    WAYS[way % len(WAYS)](values)
    return values
