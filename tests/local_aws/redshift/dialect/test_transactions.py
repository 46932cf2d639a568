"""Transactions, locks and sessions behave as Redshift's."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import psycopg
import pytest

from local_aws.redshift.warehouse import Warehouse
from tests.local_aws.redshift.conftest import Client, connect


@pytest.fixture(autouse=True)
def position(client: Client) -> Iterator[None]:
    """Make a table of one row, as a loader keeps its position."""
    client.run("CREATE TABLE position (at int)")
    client.run("INSERT INTO position VALUES (1)")
    yield
    client.run("ROLLBACK")
    client.run("DROP TABLE position")


def test_truncate_commits_the_transaction(client: Client, other: Client) -> None:
    client.run("CREATE TABLE emptied (a int)")
    client.run("BEGIN")
    client.run("UPDATE position SET at = 2")
    assert client.run("TRUNCATE emptied") == "TRUNCATE TABLE"
    assert other.value("SELECT at FROM position") == "2"
    client.run("ROLLBACK")
    assert client.value("SELECT at FROM position") == "2"
    client.run("DROP TABLE emptied")


def test_a_reader_sees_the_snapshot_of_its_first_query(client: Client, other: Client) -> None:
    client.run("BEGIN")
    assert client.value("SELECT at FROM position") == "1"
    other.run("UPDATE position SET at = 2")
    assert client.value("SELECT at FROM position") == "1"
    with pytest.raises(psycopg.errors.SerializationFailure):
        client.run("UPDATE position SET at = 3")


def test_a_transaction_that_locks_first_sees_what_the_one_before_it_did(
    client: Client, other: Client
) -> None:
    client.run("BEGIN")
    client.run("LOCK position")
    seen: list[str | None] = []

    def second() -> None:
        other.run("BEGIN")
        other.run("LOCK TABLE position")
        seen.append(other.value("SELECT at FROM position"))
        other.run("COMMIT")

    waiting = threading.Thread(target=second)
    waiting.start()
    time.sleep(0.2)
    assert seen == []  # it waits
    client.run("UPDATE position SET at = 2")
    client.run("COMMIT")
    waiting.join(10)
    assert seen == ["2"]


def test_a_statement_that_fails_on_purpose_undoes_the_transaction(client: Client) -> None:
    client.run("BEGIN")
    client.run("UPDATE position SET at = 2")
    with pytest.raises(psycopg.errors.DivisionByZero):
        client.run("SELECT 1 / (CASE WHEN at = 1 THEN 1 ELSE 0 END) FROM position")
    client.run("COMMIT")
    assert client.value("SELECT at FROM position") == "1"


def test_several_statements_of_one_message_are_one_transaction(client: Client) -> None:
    with pytest.raises(psycopg.errors.DivisionByZero):
        client.run("UPDATE position SET at = 2; SELECT 1 / 0")
    assert client.value("SELECT at FROM position") == "1"
    client.run("BEGIN; UPDATE position SET at = 3; COMMIT;")
    assert client.value("SELECT at FROM position") == "3"


def test_vacuum_and_analyze_are_taken(client: Client) -> None:
    client.run("VACUUM DELETE ONLY position")
    client.run("ANALYZE position")
    client.run("BEGIN")
    with pytest.raises(psycopg.Error, match="VACUUM cannot run inside a transaction block"):
        client.run("VACUUM")


def test_cursors_fetch_within_a_transaction(client: Client) -> None:
    client.run("BEGIN")
    client.run("DECLARE two CURSOR FOR SELECT 1 AS a UNION SELECT 2 ORDER BY 1")
    assert client.rows("FETCH NEXT FROM two") == [("1",)]
    assert client.rows("FETCH FORWARD 5 FROM two") == [("2",)]
    client.run("CLOSE two")


def test_harmless_parameters_are_set_and_shown(client: Client) -> None:
    client.run("SET enable_case_sensitive_identifier TO off")
    client.run("SET query_group = 'loading'")
    client.run("SET timezone TO 'UTC'")
    client.run("SET statement_timeout TO 60000")
    assert client.value("SHOW enable_case_sensitive_identifier") == "off"
    assert client.value("SHOW statement_timeout") == "1min"
    client.run("RESET statement_timeout")


def test_users_have_the_rights_that_they_were_granted(client: Client, warehouse: Warehouse) -> None:
    client.run("CREATE SCHEMA closed")
    client.run("CREATE TABLE closed.books (a int)")
    client.run("CREATE USER reader PASSWORD 'Reader123'")
    client.run("CREATE ROLE readers")
    client.run("CREATE GROUP others WITH USER reader")
    reader = connect(warehouse, "reader", "Reader123")
    assert reader.value("SELECT current_user") == "reader"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.rows("SELECT * FROM closed.books")
    client.run("GRANT USAGE ON SCHEMA closed TO ROLE readers")
    client.run("GRANT SELECT ON ALL TABLES IN SCHEMA closed TO ROLE readers")
    client.run("ALTER DEFAULT PRIVILEGES IN SCHEMA closed GRANT SELECT ON TABLES TO GROUP others")
    client.run("GRANT ROLE readers TO reader")
    assert reader.rows("SELECT * FROM closed.books") == []
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.run("INSERT INTO closed.books VALUES (1)")
    client.run("REVOKE SELECT ON closed.books FROM ROLE readers")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        reader.rows("SELECT * FROM closed.books")
    reader.connection.close()
    client.run("DROP SCHEMA closed CASCADE")
    client.run("ALTER GROUP others DROP USER reader")
    client.run("DROP GROUP others")
    client.run("DROP ROLE readers")
    client.run("DROP USER reader")


def test_a_wrong_password_is_refused(warehouse: Warehouse) -> None:
    for user in ("admin", "nobody", "rdsdb"):
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            connect(warehouse, user, "Wrong1234")
