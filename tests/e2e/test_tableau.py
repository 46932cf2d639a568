"""Tableau's files name what is in the warehouse, with the types that it has there."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import psycopg
import pytest

from local_aws.settings import CHECKOUT
from tests.e2e.conftest import Pipeline

KEPT = CHECKOUT / "tableau"
SERVER = "WORKGROUP.ACCOUNT.REGION.redshift-serverless.amazonaws.com:5439"

# PostgreSQL's names of types, which SQL tools are told, in Tableau's words.
IN_TABLEAU = {
    "bigint": "integer",
    "boolean": "boolean",
    "character varying": "string",
    "date": "date",
    "integer": "integer",
    "numeric": "real",
    "timestamp without time zone": "datetime",
}


@pytest.fixture(scope="module")
def catalog(sql_client: psycopg.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """Return the columns of schema retail by relation, as the catalog tells them."""
    rows = sql_client.execute(
        "SELECT table_name, column_name, data_type, numeric_precision, numeric_scale "
        "FROM svv_columns WHERE table_schema = 'retail' ORDER BY table_name, ordinal_position"
    ).fetchall()
    columns: dict[str, list[tuple[Any, ...]]] = {}
    for table, *column in rows:
        columns.setdefault(table, []).append(tuple(column))
    return columns


def described(source: ET.Element) -> tuple[str, list[tuple[Any, ...]]]:
    """Return relation and columns of a data source: name, Tableau's type, precision and scale."""
    (relation,) = source.findall("connection/relation")
    columns = [
        (
            record.findtext("remote-name"),
            record.findtext("local-type"),
            record.findtext("precision"),
            record.findtext("scale"),
        )
        for record in source.findall("connection/metadata-records/metadata-record")
    ]
    fields = [
        (str(each.attrib["name"])[1:-1], each.attrib["datatype"])
        for each in source.findall("column")
    ]
    assert fields == [(name, kind) for name, kind, _, _ in columns]
    return relation.attrib["table"], columns


def test_every_relation_and_field_is_in_the_warehouse_with_that_type(
    catalog: dict[str, list[tuple[Any, ...]]],
) -> None:
    workbook = ET.parse(KEPT / "retail.twb").getroot()
    files = [ET.parse(path).getroot() for path in sorted((KEPT / "datasources").iterdir())]
    sources = [*workbook.findall("datasources/datasource"), *files]
    for source in sources:
        table, columns = described(source)
        name = table.removeprefix("[retail].[").removesuffix("]")
        expected = [
            (
                column,
                IN_TABLEAU[kind],
                str(precision) if kind == "numeric" else None,
                str(scale) if kind == "numeric" else None,
            )
            for column, kind, precision, scale in catalog[name]
        ]
        assert columns == expected
    assert len(sources) == 2 * len(files) > 20


@pytest.mark.usefixtures("sql_client")  # the warehouse has its views
def test_the_kept_files_are_what_the_command_writes(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.etl("tableau", "--out", str(tmp_path), "--server", SERVER)

    written = {str(path.relative_to(tmp_path)): path for path in tmp_path.rglob("*.t*")}
    kept = {str(path.relative_to(KEPT)): path for path in KEPT.rglob("*.t*")}
    assert set(written) == set(kept)
    for name, path in written.items():
        assert path.read_text() == kept[name].read_text(), (
            f"write tableau/ anew: etl tableau --out tableau --server {SERVER}"
        )


def test_the_files_name_the_deployments_own_warehouse(
    pipeline: Pipeline, sql_client: psycopg.Connection[Any], tmp_path: Path
) -> None:
    pipeline.etl("tableau", "--out", str(tmp_path))

    workbook = ET.parse(tmp_path / "retail.twb").getroot()
    found = {
        (each.attrib["server"], each.attrib["port"], each.attrib["dbname"], each.attrib["sslmode"])
        for each in workbook.iter("connection")
        if each.attrib["class"] == "redshift"
    }
    info = sql_client.info
    assert found == {(info.host, str(info.port), info.dbname, "")}  # which speaks no TLS
