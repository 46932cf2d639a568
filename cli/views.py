"""The warehouse's views as those see them who read them whole: their columns, their rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cli.errors import CliError
from cli.target import Target
from cli.warehouse import await_end
from loader.warehouse_views import views

SCHEMA = "retail"


@dataclass(frozen=True)
class Column:
    """A column of a view.

    Attributes
    ----------
    name : as Redshift has it.
    type : Redshift's short name of the type: int8, numeric, date, varchar…
    precision, scale : of a numeric; 0 elsewhere.
    """

    name: str
    type: str
    precision: int = 0
    scale: int = 0


@dataclass(frozen=True)
class View:
    """A view of schema retail: its name and its columns in order."""

    name: str
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        """Return the column of this name.

        Raises
        ------
        KeyError : there is none.
        """
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(f"{self.name} has no column {name}")


@dataclass(frozen=True)
class Snapshot:
    """Results of one query for each view, all of the same moment; see `read_views`."""

    data: Any
    statements: dict[str, str]

    def view(self, name: str) -> View:
        """Return the view with the columns that its result has."""
        page = self.data.get_statement_result(Id=self.statements[name])
        return View(name, tuple(_column(each) for each in page["ColumnMetadata"]))

    def rows(self, name: str) -> Iterator[list[list[Any]]]:
        """Yield the view's rows page by page: a page is all that is held at a time.

        Values are those of the Data API: int, float, bool, None, and str for all else.
        """
        pages = self.data.get_paginator("get_statement_result")
        for page in pages.paginate(Id=self.statements[name]):
            yield [[_value(field) for field in record] for record in page["Records"]]


def view_names() -> list[str]:
    """Return the names of the views, in the order of the alphabet."""
    return [view.name for view in views()]


def read_views(target: Target, *, rows: bool) -> Snapshot:
    """Query all views in one transaction.

    Parameters
    ----------
    rows : False asks for the columns only.

    Raises
    ------
    CliError : a view is missing, or Redshift fails; the message is Redshift's.
    """
    data = target.client("redshift-data")
    names = view_names()
    end = "" if rows else " LIMIT 0"
    batch = data.batch_execute_statement(
        WorkgroupName=target.output("Workgroup"),
        Database=target.output("WarehouseDatabase"),
        Sqls=[f"SELECT * FROM {SCHEMA}.{name}{end}" for name in names],  # noqa: S608 - names of ours
    )["Id"]
    described = await_end(data, batch)
    if described["Status"] != "FINISHED":
        error = str(described.get("Error") or "the statements were cancelled")
        hint = ": the first run that loads the warehouse makes the views (`etl run`)"
        raise CliError(error + hint if "does not exist" in error else error)
    parts = described["SubStatements"]
    return Snapshot(data, {name: part["Id"] for name, part in zip(names, parts, strict=True)})


def _column(described: dict[str, Any]) -> Column:
    if described["typeName"] == "numeric":
        return Column(
            described["name"], "numeric", int(described["precision"]), int(described["scale"])
        )
    return Column(described["name"], described["typeName"])


def _value(field: dict[str, Any]) -> Any:
    ((kind, value),) = field.items()
    return None if kind == "isNull" else value
