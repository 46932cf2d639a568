"""Queries of the catalog as drivers and tools ask them are answered as Redshift answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_aws.redshift.warehouse import Warehouse
from tests.local_aws.redshift.conftest import Client, connect


@pytest.fixture(scope="module")
def listed(warehouse: Warehouse) -> Iterator[str]:
    """Make a schema with a table, a view and a materialized view."""
    one = connect(warehouse)
    one.run("CREATE SCHEMA listed")
    one.run("CREATE TABLE listed.facts (id int, amount decimal(18,4))")
    one.run("CREATE VIEW listed.plain AS SELECT id FROM listed.facts")
    one.run("CREATE MATERIALIZED VIEW listed.stored AS SELECT id, amount FROM listed.facts")
    yield "listed"
    one.connection.close()


def test_a_materialized_view_is_among_the_views(client: Client, listed: str) -> None:
    kinds = client.rows(
        "SELECT c.relname, c.relkind FROM pg_catalog.pg_class c "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        f"WHERE n.nspname = '{listed}' AND c.relkind IN ('r', 'v') ORDER BY 1"
    )
    assert kinds == [("facts", "r"), ("plain", "v"), ("stored", "v")]


def test_names_of_the_list_are_known_in_where_and_later_in_the_list(
    client: Client, listed: str
) -> None:
    rows = client.rows(
        "SELECT n.nspname AS table_schem, c.relname AS table_name, table_name AS again "
        "FROM pg_catalog.pg_namespace n, pg_catalog.pg_class c "
        f"WHERE c.relnamespace = n.oid AND table_schem LIKE '{listed}' ORDER BY table_name"
    )
    assert rows == [(listed, name, name) for name in ("facts", "plain", "stored")]


def test_a_column_comes_before_a_name_of_the_list(client: Client, listed: str) -> None:
    rows = client.rows(
        f"SELECT upper(nspname) AS nspname FROM pg_catalog.pg_namespace WHERE nspname = '{listed}'"
    )
    assert rows == [(listed.upper(),)]


def test_no_columns_of_late_binding_views_are_added(client: Client, listed: str) -> None:
    rows = client.rows(
        "SELECT * FROM (SELECT c.relname, a.attname FROM pg_catalog.pg_class c "
        "JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid WHERE a.attnum > 0 "
        f"AND c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = '{listed}') "
        "AND c.relname = 'stored' ORDER BY attnum) "
        "UNION ALL SELECT tablename, columnname FROM pg_get_late_binding_view_cols() "
        "cols(schemaname name, tablename name, columnname name, columntype text, columnnum int)"
    )
    assert rows == [("stored", "id"), ("stored", "amount")]


def test_a_series_of_the_leader_node_joins_the_catalog(client: Client) -> None:
    rows = client.rows(
        "SELECT n.nspname, s.r FROM pg_catalog.pg_namespace n "
        "JOIN generate_series(1, 2) AS s(r) ON true WHERE n.nspname = 'public' ORDER BY 2"
    )
    assert rows == [("public", "1"), ("public", "2")]


def test_there_are_no_external_schemas(client: Client) -> None:
    assert client.rows("SELECT 1 FROM svv_external_schemas WHERE schemaname LIKE 'retail'") == []
    assert client.rows("SELECT tablename FROM svv_external_tables") == []
    assert client.rows("SELECT columnname FROM svv_external_columns") == []


@pytest.mark.parametrize(
    ("query", "names"),
    [
        (
            "SELECT table_name FROM information_schema.tables "
            "WHERE table_schema = 'listed' AND table_type = 'VIEW' ORDER BY 1",
            ["plain", "stored"],
        ),
        (
            "SELECT columns.column_name FROM information_schema.columns "
            "WHERE table_schema = 'listed' AND table_name = 'stored' ORDER BY ordinal_position",
            ["id", "amount"],
        ),
        (
            "SELECT viewname FROM pg_views WHERE schemaname = 'listed' ORDER BY 1",
            ["plain", "stored"],
        ),
        ("SELECT tablename FROM pg_catalog.pg_tables WHERE schemaname = 'listed'", ["facts"]),
    ],
    ids=["information_schema.tables", "information_schema.columns", "pg_views", "pg_tables"],
)
@pytest.mark.usefixtures("listed")
def test_the_catalogs_own_views_list_materialized_views_as_views(
    client: Client, query: str, names: list[str]
) -> None:
    assert client.rows(query) == [(name,) for name in names]


def test_nothing_of_the_local_engine_is_listed(client: Client) -> None:
    schemas = [name for (name,) in client.rows("SELECT nspname FROM pg_namespace")]
    assert "public" in schemas
    assert "redshift_sql" not in schemas
    relations = client.rows(
        "SELECT c.relname FROM (pg_catalog.pg_class c INNER JOIN pg_catalog.pg_namespace n "
        "ON n.oid = c.relnamespace) WHERE c.relname IN ('svv_tables', 'listed')"
    )
    assert relations == []


def test_tableau_asks_the_catalog_by_a_cursor(client: Client, listed: str) -> None:
    client.run("BEGIN")
    client.run(
        'declare "SQL_CUR03EEC930" cursor for select relname, nspname, relkind '
        "from pg_catalog.pg_class c, pg_catalog.pg_namespace n where relkind in ('r', 'v') "
        f"and nspname = '{listed}' and n.oid = relnamespace order by nspname, relname"
    )
    first = client.rows('fetch 2 in "SQL_CUR03EEC930"')
    rest = client.rows('fetch 10000 in "SQL_CUR03EEC930"')
    client.run('close "SQL_CUR03EEC930"')
    client.run("COMMIT")
    assert first == [("facts", listed, "r"), ("plain", listed, "v")]
    assert rest == [("stored", listed, "v")]
