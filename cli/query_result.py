"""A query's result: kept as text, printed as a table, as CSV or as JSON."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from typing import Any

from rich.table import Table

from cli import console

_NUMBERS = frozenset(
    ("tinyint", "smallint", "integer", "int", "bigint", "float", "real", "double", "decimal")
)
_WHOLE = frozenset(("tinyint", "smallint", "integer", "int", "bigint"))
_INEXACT = frozenset(("float", "real", "double"))

Row = list[str | None]


@dataclass(frozen=True)
class QueryResult:
    """A statement's result.

    Attributes
    ----------
    columns : names.
    types : of the columns, as Athena names them.
    rows : values as they are written out; None is null.
    seconds : from submission to the end.
    scanned : bytes that were read, where they are what is billed.
    """

    columns: list[str]
    types: list[str]
    rows: list[Row]
    seconds: float
    scanned: int | None = None

    def records(self) -> list[dict[str, Any]]:
        """Return the rows as JSON takes them; decimals stay text, money is no float."""
        return [
            {
                name: _json_value(kind, value)
                for name, kind, value in zip(self.columns, self.types, row, strict=True)
            }
            for row in self.rows
        ]


def print_result(result: QueryResult, form: str) -> None:
    """Print a result as `table`, `csv` or `json`, and say how much it is."""
    if form == "json":
        console.print_json(result.records())
    elif form == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(result.columns)
        writer.writerows(result.rows)
    elif result.columns:
        console.out().print(result_table("", result))
    plural = "" if len(result.rows) == 1 else "s"
    scanned = "" if result.scanned is None else f"{console.size(result.scanned)} scanned, "
    console.say(
        f"{console.count(len(result.rows))} row{plural}, {scanned}{console.seconds(result.seconds)}"
    )


def result_table(title: str, result: QueryResult) -> Table:
    """Return a result as a table, numbers set to the right."""
    numbers = [
        name
        for name, kind in zip(result.columns, result.types, strict=True)
        if _base(kind) in _NUMBERS
    ]
    rows = (["" if value is None else value for value in row] for row in result.rows)
    return console.table(title, result.columns, rows, numbers)


def _base(kind: str) -> str:
    return kind.partition("(")[0].lower()


def _json_value(kind: str, value: str | None) -> str | int | float | bool | None:
    if value is None:
        return None
    base = _base(kind)
    if base in _WHOLE:
        return int(value)
    if base in _INEXACT:
        return float(value)
    return value == "true" if base == "boolean" else value
