"""Amazon's own JDBC driver finds schema retail and reads it, as Tableau and DBeaver do."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyspark
import pytest
from py4j.java_gateway import JavaGateway

from loader.warehouse_views import views
from local_aws.jars import fetch_jars, pinned_jars
from local_aws.java import find_java
from local_aws.settings import default_jars_dir

pytestmark = pytest.mark.extra

Row = dict[str, str | None]


@dataclass(frozen=True)
class Jdbc:
    """A connection of the driver, in a Java process of its own."""

    connection: Any

    def query(self, sql: str) -> list[Row]:
        """Return the rows of a query, values as the driver writes them out."""
        return rows_of(self.connection.createStatement().executeQuery(sql))


def rows_of(result: Any) -> list[Row]:
    described = result.getMetaData()
    places = range(1, described.getColumnCount() + 1)
    names = [described.getColumnLabel(place).lower() for place in places]
    rows = []
    while result.next():
        values = [result.getString(place) for place in places]
        rows.append(dict(zip(names, values, strict=True)))
    return rows


@pytest.fixture(scope="module")
def jdbc(login: dict[str, str]) -> Iterator[Jdbc]:
    (driver,) = pinned_jars(Path(__file__).with_name("jdbc.lock"))
    fetch_jars(default_jars_dir(), [driver])
    (py4j,) = (Path(str(pyspark.__file__)).parent / "jars").glob("py4j-*.jar")
    gateway = JavaGateway.launch_gateway(
        jarpath=str(py4j),
        classpath=str(default_jars_dir() / driver.file_name),
        java_path=str(find_java()),
        die_on_exit=True,
    )
    properties = gateway.jvm.java.util.Properties()
    properties.setProperty("user", login["PGUSER"])
    properties.setProperty("password", login["PGPASSWORD"])
    address = f"{login['PGHOST']}:{login['PGPORT']}/{login['PGDATABASE']}"
    connection = gateway.jvm.com.amazon.redshift.Driver().connect(
        f"jdbc:redshift://{address}?ssl=false", properties
    )
    yield Jdbc(connection)
    connection.close()
    gateway.shutdown()


def test_the_driver_lists_the_tables_and_the_views(jdbc: Jdbc) -> None:
    tables = rows_of(jdbc.connection.getMetaData().getTables(None, "retail", "%", None))

    kinds = {row["table_name"]: row["table_type"] for row in tables}
    assert {name for name, kind in kinds.items() if kind == "VIEW"} == {
        view.name for view in views()
    }
    facts = {"fact_sales", "dim_customer", "dim_product", "dim_date"}
    assert facts <= {name for name, kind in kinds.items() if kind == "TABLE"}


@pytest.mark.parametrize("stored", [False, True], ids=["plain", "materialized"])
def test_the_driver_tells_the_columns_of_every_view_as_its_results_have_them(
    jdbc: Jdbc, stored: bool
) -> None:
    catalog = jdbc.connection.getMetaData()
    for view in [view for view in views() if view.stored is stored]:
        listed = [
            (row["column_name"], row["type_name"], row["decimal_digits"])
            for row in rows_of(catalog.getColumns(None, "retail", view.name, None))
        ]
        statement = jdbc.connection.createStatement()
        result = statement.executeQuery(f"SELECT * FROM retail.{view.name} LIMIT 0").getMetaData()
        returned = [
            (result.getColumnName(place), result.getColumnTypeName(place), result.getScale(place))
            for place in range(1, result.getColumnCount() + 1)
        ]
        assert [(name, kind) for name, kind, _ in listed] == [
            (name, kind) for name, kind, _ in returned
        ]
        assert [int(digits or 0) for _, kind, digits in listed if kind == "numeric"] == [
            scale for _, kind, scale in returned if kind == "numeric"
        ]


def test_the_driver_reads_a_view_with_quoted_names_as_tableau_writes_them(jdbc: Jdbc) -> None:
    rows = jdbc.query(
        'SELECT "revenue_by_month"."month" AS "month", '
        'SUM("revenue_by_month"."net_revenue") AS "sum:net_revenue:ok" '
        'FROM "retail"."revenue_by_month" "revenue_by_month" '
        'WHERE ("revenue_by_month"."month" >= DATE \'2011-09-01\') GROUP BY 1 ORDER BY 1'
    )
    assert rows == [
        {"month": "2011-09-01", "sum:net_revenue:ok": "57082.5900"},
        {"month": "2011-10-01", "sum:net_revenue:ok": "46990.5500"},
        {"month": "2011-11-01", "sum:net_revenue:ok": "81666.5610"},
    ]


def test_the_driver_binds_a_parameter(jdbc: Jdbc) -> None:
    prepared = jdbc.connection.prepareStatement(
        'SELECT "country", "net_revenue" > 0 AS "sold" '
        'FROM "retail"."revenue_by_country" WHERE "country" = ?'
    )
    prepared.setString(1, "France")
    assert rows_of(prepared.executeQuery()) == [{"country": "France", "sold": "t"}]
