"""The extract holds what the warehouse holds, row by row and with its types."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from loader.warehouse_views import views
from tests.e2e.conftest import Pipeline

pytestmark = pytest.mark.extra

# PostgreSQL's numbers of types in Hyper's words; NUMERIC is written out with its digits.
_TYPES = {16: "BOOL", 20: "BIG_INT", 23: "INT", 1043: "TEXT", 1082: "DATE", 1114: "TIMESTAMP"}
_NUMERIC = 1700


@pytest.fixture(scope="module")
def extract(
    pipeline: Pipeline,
    first_run: object,  # noqa: ARG001
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    file = tmp_path_factory.mktemp("extract") / "retail.hyper"
    pipeline.etl("extract", "--out", str(file))
    return file


@pytest.fixture(scope="module")
def hyper(extract: Path) -> Iterator[Any]:
    """Return a connection to the file by Tableau's own library."""
    api = importlib.import_module("tableauhyperapi")
    process = api.HyperProcess(
        api.Telemetry.DO_NOT_SEND_USAGE_DATA_TO_TABLEAU, parameters={"log_config": ""}
    )
    with process, api.Connection(process.endpoint, extract) as connection:
        yield connection


@pytest.mark.parametrize("view", [view.name for view in views()])
def test_a_table_holds_the_rows_of_its_view_exactly(hyper: Any, sql_client: Any, view: str) -> None:
    cursor = sql_client.execute(f"SELECT * FROM retail.{view}")
    names = [column.name for column in cursor.description]
    listed = ", ".join(f'"{name}"' for name in names)
    written = hyper.execute_list_query(f'SELECT {listed} FROM "retail"."{view}"')
    rows = sorted(str([_as_told(value) for value in row]) for row in written)
    assert rows == sorted(str([_as_told(value) for value in row]) for row in cursor.fetchall())
    assert rows


def _as_told(value: Any) -> Any:
    """Return the value without what differs between the two libraries, not between the values."""
    if isinstance(value, Decimal):
        return value.normalize()
    for convert in ("to_datetime", "to_date"):  # Hyper's own types of moments
        if hasattr(value, convert):
            return getattr(value, convert)()
    return value


@pytest.mark.parametrize("view", [view.name for view in views()])
def test_a_table_has_the_columns_of_its_view_with_their_types(
    hyper: Any, sql_client: Any, view: str
) -> None:
    api = importlib.import_module("tableauhyperapi")
    described = sql_client.execute(f"SELECT * FROM retail.{view} LIMIT 0").description
    expected = [
        (
            column.name,
            f"NUMERIC({column.precision}, {column.scale})"
            if column.type_code == _NUMERIC
            else _TYPES[column.type_code],
        )
        for column in described
    ]

    table = hyper.catalog.get_table_definition(api.TableName("retail", view))

    columns = [
        (
            column.name.unescaped,
            str(column.type) if column.type.tag == api.TypeTag.NUMERIC else column.type.tag.name,
        )
        for column in table.columns
    ]
    assert columns == expected


def test_nothing_is_left_beside_the_extract(extract: Path) -> None:
    assert [path.name for path in extract.parent.iterdir()] == ["retail.hyper"]


def test_the_workbook_of_an_extract_names_its_tables(
    pipeline: Pipeline, hyper: Any, extract: Path, tmp_path: Path
) -> None:
    pipeline.etl("tableau", "--out", str(tmp_path), "--extract", str(extract))

    workbook = ET.parse(tmp_path / "retail.twb").getroot()
    files = {
        each.attrib["dbname"]
        for each in workbook.iter("connection")
        if each.attrib["class"] == "hyper"
    }
    relations = {each.attrib["table"] for each in workbook.iter("relation")}
    tables = hyper.catalog.get_table_names("retail")
    assert files == {str(extract)}
    assert relations == {f"[retail].[{table.name.unescaped}]" for table in tables}
