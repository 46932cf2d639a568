"""Who has the role for looking at the data reads all of it, and writes nothing."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from loader.warehouse_views import ROLE, views
from tests.loader.views.conftest import Store
from tests.local_aws.redshift.conftest import Client, connect

READABLE = [view.name for view in views()] + [
    "fact_sales",
    "dim_customer",
    "dim_product",
    "dim_date",
]


@pytest.fixture
def analyst(store: Store) -> Iterator[Client]:
    """Log in with the role, in a warehouse that PUBLIC can no longer read."""
    store.run(
        [
            "CREATE USER analyst PASSWORD 'Analyst123'",
            f"GRANT ROLE {ROLE} TO analyst",
            "REVOKE USAGE ON SCHEMA retail FROM PUBLIC",
        ]
    )
    client = connect(store.warehouse, "analyst", "Analyst123")
    yield client
    client.connection.close()
    store.run(
        [
            f"REVOKE ROLE {ROLE} FROM analyst",
            "DROP USER analyst",
            "GRANT USAGE ON SCHEMA retail TO PUBLIC",
        ]
    )


def test_the_role_reads_every_view_the_facts_and_the_dimensions(analyst: Client) -> None:
    for name in READABLE:
        assert analyst.value(f"SELECT COUNT(*) FROM retail.{name}") is not None


@pytest.mark.parametrize(
    "sql",
    [
        "INSERT INTO retail.dim_date VALUES (20101201, '2010-12-01', 2010, 4, 12, 1, 3)",
        "UPDATE retail.fact_sales SET quantity = 1",
        "DELETE FROM retail.fact_sales",
        "TRUNCATE retail.fact_sales",
        "DROP VIEW retail.revenue_by_day",
        "REFRESH MATERIALIZED VIEW retail.customer_value",
        "CREATE TABLE retail.mine (a INTEGER)",
        "CREATE VIEW retail.mine AS SELECT 1 AS a",
        "CREATE TABLE public.mine (a INTEGER)",
        "CREATE SCHEMA mine",
        "UPDATE retail.load_position SET snapshot_id = 0",
    ],
)
def test_the_role_writes_nothing(sql: str, analyst: Client) -> None:
    with pytest.raises(psycopg.Error, match=r"permission denied|must be owner|no privileges"):
        analyst.run(sql)


def test_views_made_anew_are_read_as_before(analyst: Client, store: Store) -> None:
    store.make_views()
    for name in READABLE:
        assert analyst.value(f"SELECT COUNT(*) FROM retail.{name}") is not None


@pytest.mark.usefixtures("analyst")
def test_one_revoke_shuts_out_whoever_has_no_role_and_stays(store: Store) -> None:
    store.run(["CREATE USER passerby PASSWORD 'Passerby123'"])
    store.make_views()
    passerby = connect(store.warehouse, "passerby", "Passerby123")
    for name in ("revenue_by_day", "customer_value", "fact_sales"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            passerby.rows(f"SELECT * FROM retail.{name}")
    passerby.connection.close()
    store.run(["DROP USER passerby"])


def test_each_view_carries_its_definition_where_sql_tools_show_it(store: Store) -> None:
    remarks = dict(
        store.client.rows(
            "SELECT table_name, remarks FROM svv_tables WHERE table_schema = 'retail'"
        )
    )
    for view in views():
        assert remarks[view.name] == (None if view.stored else view.definition)
