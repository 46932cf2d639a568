"""INSERT, UPDATE, DELETE and MERGE change what Redshift would change."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.local_aws.redshift.conftest import Client


@pytest.fixture(autouse=True)
def tables(client: Client) -> Iterator[None]:
    """Make the tables of the guide's page on MERGE."""
    client.run("CREATE TABLE target (id int, name char(10))")
    client.run("CREATE TABLE source (id int, name char(10))")
    client.run("INSERT INTO target VALUES (101, 'Bob'), (102, 'John'), (103, 'Susan')")
    client.run("INSERT INTO source VALUES (102, 'Tony'), (103, 'Alice'), (104, 'Bill')")
    yield
    client.run("DROP TABLE target, source")


def rows_of_target(client: Client) -> list[tuple[str, ...]]:
    return [tuple(row) for row in client.rows("SELECT id, trim(name) FROM target ORDER BY 1, 2")]


BOTH = (
    "WHEN MATCHED THEN UPDATE SET id = source.id, name = source.name "
    "WHEN NOT MATCHED THEN INSERT VALUES (source.id, source.name)"
)


def test_merge_updates_and_inserts(client: Client) -> None:
    assert (
        client.run(f"MERGE INTO target USING source ON target.id = source.id {BOTH}") == "MERGE 3"
    )
    assert rows_of_target(client) == [
        ("101", "Bob"), ("102", "Tony"), ("103", "Alice"), ("104", "Bill"),
    ]  # fmt: skip


def test_merge_deletes_and_inserts(client: Client) -> None:
    client.run(
        "MERGE INTO target USING source AS s ON target.id = s.id WHEN MATCHED THEN DELETE "
        "WHEN NOT MATCHED THEN INSERT (name, id) VALUES (s.name, s.id)"
    )
    assert rows_of_target(client) == [("101", "Bob"), ("104", "Bill")]


def test_merge_that_removes_duplicates(client: Client) -> None:
    client.run("INSERT INTO source VALUES (102, 'Tony')")
    client.run("MERGE INTO target USING source ON target.id = source.id REMOVE DUPLICATES")
    assert rows_of_target(client) == [
        ("101", "Bob"), ("102", "Tony"), ("103", "Alice"), ("104", "Bill"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("merge", "message"),
    [
        (
            "USING source ON target.id = source.id WHEN MATCHED THEN DELETE",
            "needs WHEN MATCHED and",
        ),
        (
            "USING source ON target.id = source.id "
            "WHEN NOT MATCHED THEN INSERT VALUES (source.id, source.name)",
            "needs WHEN MATCHED and",
        ),
        (f"USING (SELECT * FROM source) AS source ON target.id = source.id {BOTH}", "subquery"),
        (f"USING seen AS source ON target.id = source.id {BOTH}", "not a view"),
        (f"AS t USING source ON t.id = source.id {BOTH}", "no alias"),
        (
            "USING source ON target.id = source.id WHEN MATCHED AND source.id > 102 THEN DELETE "
            "WHEN NOT MATCHED THEN INSERT VALUES (source.id, source.name)",
            "WHEN … AND",
        ),
        (
            f"USING source ON target.id = source.id {BOTH} WHEN NOT MATCHED BY SOURCE THEN DELETE",
            "",
        ),
    ],
)
def test_merge_forms_that_redshift_lacks(merge: str, message: str, client: Client) -> None:
    client.run("CREATE VIEW seen AS SELECT * FROM source")
    try:
        with pytest.raises(psycopg.Error) as refused:
            client.run(f"MERGE INTO target {merge}")
        assert message in str(refused.value)
    finally:
        client.run("DROP VIEW seen")


def test_merge_onto_doubled_rows_is_refused_as_redshift_makes_one_of_them(client: Client) -> None:
    client.run("INSERT INTO target VALUES (102, 'Second')")
    with pytest.raises(psycopg.errors.CardinalityViolation, match="several rows of the target"):
        client.run(f"MERGE INTO target USING source ON target.id = source.id {BOTH}")
    assert len(rows_of_target(client)) == 4


def test_update_and_delete_join_other_tables(client: Client) -> None:
    assert (
        client.run(
            "UPDATE target SET name = s.name FROM source AS s WHERE target.id = s.id AND s.id < 103"
        )
        == "UPDATE 1"
    )
    assert client.run("DELETE FROM target USING source WHERE target.id = source.id") == "DELETE 2"
    assert client.run("DELETE target WHERE id = 999") == "DELETE 0"
    assert rows_of_target(client) == [("101", "Bob")]


def test_insert_of_a_query_casts_to_the_columns(client: Client) -> None:
    client.run("CREATE TEMP TABLE typed (d date, t timestamp, a decimal(6,2), n varchar(5))")
    client.run("INSERT INTO typed SELECT '2010-12-01', '2010-12-01 08:26:00', 2.555, 'abc'")
    client.run("INSERT INTO typed (SELECT NULL, NULL, qty, NULL FROM (SELECT 1 AS qty) AS q)")
    assert client.rows("SELECT * FROM typed ORDER BY 1") == [
        ("2010-12-01", "2010-12-01 08:26:00", "2.56", "abc"),
        (None, None, "1.00", None),
    ]


def test_insert_with_a_common_table(client: Client) -> None:
    client.run(
        "INSERT INTO target WITH added AS (SELECT id FROM source WHERE id = 104) "
        "SELECT id, 'New' FROM added"
    )
    assert ("104", "New") in rows_of_target(client)
