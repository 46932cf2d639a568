"""`etl extract`: writes the warehouse's views into a .hyper file, Tableau's own format."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import ModuleType
from typing import Any

from cli import console
from cli.errors import CliError
from cli.target import Target
from cli.views import SCHEMA, Column, Snapshot, View, read_views, view_names

_FILE_VERSION = "3"
"""Of the .hyper format: the first with decimals of 38 digits; Tableau reads it since 2022.4."""

_PARSERS: dict[str, Callable[[str], Any]] = {
    "numeric": Decimal,
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
}


def write_extract(target: Target, file: Path) -> dict[str, int]:
    """Write one table a view, all of one moment; return their numbers of rows.

    The file appears, or is replaced, when it is whole. A page of the Data API is all that is held
    in memory; the API gives out at most 500 MB for one query, a view's whole result.

    Raises
    ------
    CliError : Tableau's Hyper API is not installed, a view is missing, or Redshift fails.
    """
    hyper = _hyper_api()
    snapshot = read_views(target, rows=True)
    file.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".extract-", dir=file.parent) as workspace:
        unfinished = Path(workspace) / file.name
        with _connection(hyper, unfinished) as connection:
            connection.catalog.create_schema(SCHEMA)
            rows = {name: _copy(hyper, connection, snapshot, name) for name in view_names()}
        unfinished.replace(file)
    return rows


def print_extract(target: Target, file: Path) -> None:
    """Write the extract and say what is in it."""
    with console.err().status("reading the views"):
        rows = write_extract(target, file)
    numbers = [[name, console.count(count)] for name, count in rows.items()]
    console.out().print(console.table("", ["table", "rows"], numbers, ["rows"]))
    console.say(f"wrote {file}, {console.size(file.stat().st_size)}")


def _hyper_api() -> ModuleType:
    try:
        return importlib.import_module("tableauhyperapi")  # an extra: all else works without it
    except ImportError as missing:
        raise CliError(
            "Tableau's Hyper API is not installed: run `pip install 'retail-etl[tableau]'`"
        ) from missing


@contextmanager
def _connection(hyper: ModuleType, file: Path) -> Iterator[Any]:
    """Give a connection to a new file; the server process behind it ends with it."""
    process = hyper.HyperProcess(
        hyper.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU,
        # Without a log, which would be written to the folder that the user is in.
        parameters={"log_config": "", "default_database_version": _FILE_VERSION},
    )
    with process, hyper.Connection(process.endpoint, file, hyper.CreateMode.CREATE) as connection:
        yield connection


def _copy(hyper: ModuleType, connection: Any, snapshot: Snapshot, name: str) -> int:
    view = snapshot.view(name)
    table = _table(hyper, view)
    connection.catalog.create_table(table)
    parsers = [_PARSERS.get(column.type) for column in view.columns]
    copied = 0
    with hyper.Inserter(connection, table) as inserter:
        for page in snapshot.rows(name):
            inserter.add_rows([_parse(row, parsers) for row in page])
            copied += len(page)
        inserter.execute()
    return copied


def _table(hyper: ModuleType, view: View) -> Any:
    columns = [
        hyper.TableDefinition.Column(column.name, _sql_type(hyper.SqlType, column))
        for column in view.columns
    ]
    return hyper.TableDefinition(hyper.TableName(SCHEMA, view.name), columns)


def _sql_type(types: Any, column: Column) -> Any:
    """Return Hyper's type of the same values."""
    if column.type == "numeric":
        return types.numeric(column.precision, column.scale)
    same = {
        "bool": types.bool,
        "int2": types.small_int,
        "int4": types.int,
        "int8": types.big_int,
        "float8": types.double,
        "date": types.date,
        "timestamp": types.timestamp,
        "varchar": types.text,
        "bpchar": types.text,
    }
    return same[column.type]()


def _parse(row: list[Any], parsers: list[Callable[[str], Any] | None]) -> list[Any]:
    return [
        parse(value) if parse and value is not None else value
        for value, parse in zip(row, parsers, strict=True)
    ]
