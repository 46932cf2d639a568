"""Tables behave as Redshift's: strings in bytes, informational keys, kept storage keys."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from tests.local_aws.redshift.conftest import Client


@pytest.fixture
def schema(client: Client) -> Iterator[str]:
    """Make a schema of its own, first in the search path."""
    client.run("CREATE SCHEMA own")
    client.run("SET search_path TO own, public")
    yield "own"
    client.run("DROP SCHEMA own CASCADE")


pytestmark = pytest.mark.usefixtures("schema")


def test_varchar_counts_bytes(client: Client) -> None:
    client.run("CREATE TABLE t (name varchar(6))")
    client.run("INSERT INTO t VALUES ('ééé')")
    with pytest.raises(
        psycopg.errors.StringDataRightTruncation,
        match=r"value too long for type character varying\(6\)",
    ):
        client.run("INSERT INTO t VALUES ('éééa')")
    with pytest.raises(psycopg.errors.StringDataRightTruncation):
        client.run("UPDATE t SET name = 'abcdefg'")


def test_varchar_without_a_length_has_256_bytes_and_char_has_one(client: Client) -> None:
    client.run("CREATE TABLE t (a varchar, b char, c text)")
    assert client.rows("SELECT \"column\", type FROM pg_table_def WHERE tablename = 't'") == [
        ("a", "character varying(256)"),
        ("b", "character(1)"),
        ("c", "character varying(256)"),
    ]


def test_char_takes_single_byte_characters_only(client: Client) -> None:
    client.run("CREATE TABLE t (code char(3))")
    client.run("INSERT INTO t VALUES ('ab')")
    assert client.value("SELECT len(code) FROM t") == "2"
    with pytest.raises(psycopg.Error, match="multibyte"):
        client.run("INSERT INTO t VALUES ('é')")


def test_a_string_with_trailing_blanks_is_refused_as_redshift_would_compare_it_without(
    client: Client,
) -> None:
    client.run("CREATE TABLE t (name varchar(10))")
    with pytest.raises(psycopg.Error, match="trailing blanks in name"):
        client.run("INSERT INTO t VALUES ('abc ')")


def test_keys_are_informational_as_in_redshift(client: Client) -> None:
    client.run("CREATE TABLE parent (id int PRIMARY KEY)")
    client.run("CREATE TABLE t (id int PRIMARY KEY, u int UNIQUE, p int REFERENCES parent (id))")
    client.run("INSERT INTO t VALUES (1, 1, 99), (1, 1, 99)")
    assert client.value("SELECT count(*) FROM t") == "2"


def test_a_primary_key_is_required(client: Client) -> None:
    client.run("CREATE TABLE t (a int, b int, PRIMARY KEY (a, b))")
    with pytest.raises(psycopg.errors.NotNullViolation):
        client.run("INSERT INTO t (a) VALUES (1)")


def test_tools_find_the_primary_key(client: Client) -> None:
    client.run("CREATE TABLE t (a int, b int, c int, PRIMARY KEY (b, a))")
    definition = client.value("SELECT indexdef FROM pg_indexes WHERE tablename = 't'")
    assert definition == "CREATE UNIQUE INDEX t_pkey ON own.t USING btree (b, a)"


def test_storage_keys_are_shown(client: Client) -> None:
    client.run(
        "CREATE TABLE t (a bigint ENCODE az64, b date SORTKEY, c varchar(5) NOT NULL ENCODE zstd) "
        "DISTSTYLE KEY DISTKEY (a) BACKUP NO"
    )
    assert client.rows(
        'SELECT "column", distkey, sortkey, "notnull" FROM pg_table_def WHERE tablename = \'t\''
    ) == [("a", "t", "0", "f"), ("b", "f", "1", "f"), ("c", "f", "0", "t")]
    assert client.rows(
        'SELECT "table", diststyle, sortkey1, sortkey_num FROM svv_table_info '
        "WHERE \"schema\" = 'own'"
    ) == [("t", "KEY(a)", "b", "1")]


def test_names_fold_to_lower_case_even_in_quotes(client: Client) -> None:
    client.run('CREATE TABLE "MyTable" ("MyColumn" int)')
    client.run('INSERT INTO mytable ("MYCOLUMN") VALUES (1)')
    assert client.value('SELECT "mycolumn" FROM "MYTABLE"') == "1"


def test_a_decimal_is_rounded_when_it_is_stored(client: Client) -> None:
    client.run("CREATE TABLE t (pricepaid decimal(8,2))")
    client.run("INSERT INTO t VALUES (4323.8951)")
    assert client.value("SELECT pricepaid FROM t") == "4323.90"


def test_identity_counts_and_cannot_be_given(client: Client) -> None:
    client.run("CREATE TABLE t (id bigint IDENTITY(0, 1), other int IDENTITY(10, 5), a int)")
    client.run("INSERT INTO t (a) VALUES (1), (2)")
    assert client.rows("SELECT id, other FROM t ORDER BY 1") == [("0", "10"), ("1", "15")]
    with pytest.raises(psycopg.Error, match="id"):
        client.run("INSERT INTO t (id, a) VALUES (7, 1)")


def test_defaults_are_applied(client: Client) -> None:
    client.run("CREATE TABLE t (a int, b varchar(10) DEFAULT 'new', c timestamp DEFAULT sysdate)")
    client.run("INSERT INTO t (a) VALUES (1)")
    client.run("INSERT INTO t (a, b) VALUES (2, DEFAULT)")
    assert client.rows("SELECT a, b, c <= sysdate FROM t ORDER BY a") == [
        ("1", "new", "t"),
        ("2", "new", "t"),
    ]


def test_like_takes_over_columns_and_limits_but_no_keys(client: Client) -> None:
    client.run("CREATE TABLE t (id int PRIMARY KEY, name varchar(3) DEFAULT 'abc')")
    client.run("CREATE TEMP TABLE stage (LIKE t INCLUDING DEFAULTS)")
    client.run("INSERT INTO stage (id) VALUES (1)")
    assert client.rows("SELECT id, name FROM stage") == [("1", "abc")]
    with pytest.raises(psycopg.errors.StringDataRightTruncation):
        client.run("INSERT INTO stage VALUES (2, 'éé')")
    assert client.rows("SELECT indexdef FROM pg_indexes WHERE tablename = 'stage'") == []


def test_temporary_tables_go_with_the_session(client: Client, other: Client) -> None:
    client.run("CREATE TABLE #stage (a int)")
    client.run("INSERT INTO #stage VALUES (1)")
    assert client.value("SELECT count(*) FROM #stage") == "1"
    assert client.value("SELECT count(*) FROM stage") == "1"
    with pytest.raises(psycopg.errors.UndefinedTable):
        other.rows("SELECT * FROM stage")
    client.run("DROP TABLE #stage")


def test_create_table_as_has_redshifts_types(client: Client) -> None:
    client.run("CREATE TABLE t (a decimal(8,2), q int, n varchar(4))")
    client.run("INSERT INTO t VALUES (1.25, 3, 'abcd')")
    client.run(
        "CREATE TABLE made DISTKEY (n) SORTKEY (n) AS SELECT a / q AS share, sum(a) AS total, "
        "avg(q) AS mean, upper(n) AS n, 'x' AS mark, n || '-' AS longer FROM t GROUP BY a, q, n"
    )
    assert client.rows("SELECT * FROM made") == [
        ("0.4166666666666", "1.25", "3", "ABCD", "x", "abcd-")
    ]
    assert client.rows("SELECT \"column\", type FROM pg_table_def WHERE tablename = 'made'") == [
        ("share", "numeric(19,13)"),
        ("total", "numeric(38,2)"),
        ("mean", "bigint"),
        ("n", "character varying(4)"),
        ("mark", "character varying(65535)"),
        ("longer", "character varying(65535)"),
    ]
    with pytest.raises(psycopg.errors.StringDataRightTruncation):
        client.run("UPDATE made SET n = 'éééé'")


def test_create_table_as_takes_a_column_list(client: Client) -> None:
    client.run("CREATE TABLE made (a, b) AS SELECT 1, 'x'::varchar(3)")
    assert client.rows("SELECT b, a FROM made") == [("x", "1")]


def test_columns_are_added_renamed_and_dropped(client: Client) -> None:
    client.run("CREATE TABLE t (a int)")
    client.run("ALTER TABLE t ADD COLUMN name varchar(3) DEFAULT 'abc' ENCODE zstd")
    client.run("ALTER TABLE t RENAME COLUMN name TO label")
    client.run("INSERT INTO t (a) VALUES (1)")
    with pytest.raises(psycopg.errors.StringDataRightTruncation):
        client.run("UPDATE t SET label = 'éé'")
    client.run("ALTER TABLE t ALTER DISTKEY a")
    client.run("ALTER TABLE t DROP COLUMN a")
    client.run("ALTER TABLE t RENAME TO renamed")
    assert client.rows("SELECT * FROM renamed") == [("abc",)]


def test_a_varchar_column_is_widened_outside_of_a_transaction(client: Client) -> None:
    client.run("CREATE TABLE t (name varchar(3))")
    client.run("BEGIN")
    with pytest.raises(psycopg.Error, match="cannot run inside a transaction block"):
        client.run("ALTER TABLE t ALTER COLUMN name TYPE varchar(6)")
    client.run("ROLLBACK")
    client.run("ALTER TABLE t ALTER COLUMN name TYPE varchar(6)")
    client.run("INSERT INTO t VALUES ('ééé')")
    with pytest.raises(psycopg.errors.StringDataRightTruncation):
        client.run("INSERT INTO t VALUES ('éééa')")


def test_views_and_materialized_views(client: Client) -> None:
    client.run("CREATE TABLE t (a int)")
    client.run(
        "CREATE OR REPLACE VIEW v AS SELECT a, a / 2 AS half FROM own.t WITH NO SCHEMA BINDING"
    )
    client.run(
        "CREATE MATERIALIZED VIEW m BACKUP NO AUTO REFRESH NO AS SELECT count(*) AS n FROM t"
    )
    client.run("INSERT INTO t VALUES (5)")
    assert client.rows("SELECT half FROM v") == [("2",)]
    assert client.rows("SELECT n FROM m") == [("0",)]
    client.run("REFRESH MATERIALIZED VIEW m")
    assert client.rows("SELECT n FROM m") == [("1",)]
    client.run("DROP MATERIALIZED VIEW m")
    client.run("DROP VIEW IF EXISTS v")


def test_a_refresh_after_a_change_in_the_same_transaction_is_refused(client: Client) -> None:
    client.run("CREATE TABLE t (a int)")
    client.run(
        "CREATE MATERIALIZED VIEW m DISTSTYLE KEY DISTKEY (a) SORTKEY (a) AS "
        "WITH own AS (SELECT a FROM t) SELECT a, rank() OVER (ORDER BY a) AS place FROM own"
    )
    client.run("BEGIN")
    client.run("INSERT INTO t VALUES (5)")
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="REFRESH MATERIALIZED VIEW after"):
        client.run("REFRESH MATERIALIZED VIEW m")
    client.run("ROLLBACK")
    client.run("INSERT INTO t VALUES (6)")
    client.run("BEGIN")
    client.run("REFRESH MATERIALIZED VIEW m")
    client.run("UPDATE t SET a = 7")
    client.run("COMMIT")
    assert client.rows("SELECT a, place FROM m") == [("6", "1")]


def test_the_catalog_shows_what_there_is(client: Client) -> None:
    client.run("CREATE TABLE t (a decimal(12,4) NOT NULL, b varchar(7))")
    client.run("COMMENT ON TABLE t IS 'rows of a test'")
    assert client.rows(
        "SELECT column_name, is_nullable, data_type, character_maximum_length, "
        "numeric_precision, numeric_scale FROM svv_columns WHERE table_schema = 'own'"
    ) == [
        ("a", "NO", "numeric", None, "12", "4"),
        ("b", "YES", "character varying", "7", None, None),
    ]
    assert client.rows("SELECT table_name, remarks FROM svv_tables WHERE table_schema = 'own'") == [
        ("t", "rows of a test")
    ]
    shown = client.rows("SHOW TABLES FROM SCHEMA dev.own")
    assert [row[:4] for row in shown] == [("dev", "own", "t", "TABLE")]
    assert [row[3] for row in client.rows("SHOW COLUMNS FROM TABLE own.t")] == ["a", "b"]
    assert ("dev", "own") in [row[:2] for row in client.rows("SHOW SCHEMAS FROM DATABASE dev")]
