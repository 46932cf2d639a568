"""What Redshift refuses, and what the local engine cannot run alike, is an error."""

from __future__ import annotations

import psycopg
import pytest

from tests.local_aws.redshift.conftest import Client

LOCAL = "is not supported by the LOCAL engine"

REFUSED_BY_REDSHIFT = [
    ("SELECT DISTINCT ON (sellerid) sellerid FROM winsales", "DISTINCT ON is not supported"),
    ("SELECT 1 INTERSECT ALL SELECT 1", "INTERSECT ALL is not supported"),
    ("SELECT sum(qty) OVER (ORDER BY salesid) FROM winsales", "require a frame clause"),
    ("SELECT rank() OVER (PARTITION BY qty) FROM winsales", "requires an ORDER BY"),
    ("SELECT count(DISTINCT qty) OVER () FROM winsales", "DISTINCT is not supported"),
    ("SELECT * FROM (SELECT 1 AS a)", "must have an alias"),
    ("SELECT nosuch FROM winsales", 'column "nosuch" does not exist'),
    ("SELECT 1 FROM nosuch", 'relation "nosuch" does not exist'),
    ("SELECT w.* FROM winsales", 'missing FROM-clause entry for table "w"'),
    ("SELEC 1", "SELEC"),
    ("SELECT qty AS tag FROM winsales", 'syntax error at or near "tag"'),
    ("CREATE TABLE refused (open int)", 'syntax error at or near "open"'),
    ("UNLOAD ('SELECT 1 LIMIT 1') TO 's3://b/k' IAM_ROLE default", "Limit clause"),
    # Correlated subquery patterns that are not supported.
    (
        "SELECT 1 FROM winsales a WHERE NOT EXISTS (SELECT 1 FROM winsales b WHERE NOT EXISTS "
        "(SELECT 1 FROM winsales c WHERE a.salesid = c.salesid))",
        "skips a query block",
    ),
    (
        "SELECT 1 FROM winsales a LEFT JOIN winsales b ON a.qty = "
        "(SELECT max(c.qty) FROM winsales c WHERE c.salesid = b.salesid)",
        "ON clause of an outer join",
    ),
    (
        "SELECT 1 FROM winsales a WHERE qty NOT IN "
        "(SELECT sum(b.qty) OVER () FROM winsales b WHERE a.salesid = b.salesid)",
        "window function",
    ),
    (
        "SELECT a.salesid, (SELECT count(*) FROM winsales b WHERE b.salesid = a.salesid) AS n "
        "FROM winsales a GROUP BY n, a.salesid",
        "GROUP BY of a subquery's result",
    ),
    (
        "SELECT 1 FROM winsales a WHERE qty IN "
        "(SELECT sum(b.qty) FROM winsales b WHERE a.qty > 4 GROUP BY b.salesid)",
        "IN with a subquery that groups",
    ),
    # Functions of the leader node only, and of compute nodes only.
    ("SELECT current_schema() FROM winsales", "not supported on Redshift tables"),
    ("SELECT listagg('a')", "needs a query that reads a user's table"),
    # Limitations of materialized views.
    ("CREATE MATERIALIZED VIEW m AS SELECT qty FROM winsales ORDER BY qty", "ORDER is not"),
    ("CREATE MATERIALIZED VIEW m AS SELECT qty FROM winsales LIMIT 1", "LIMIT is not"),
    ("CREATE MATERIALIZED VIEW m AS SELECT relname FROM pg_class", 'system table "pg_class"'),
    ("CREATE MATERIALIZED VIEW m AS SELECT qty FROM soldviews", 'the view or system table "sold'),
    ("CREATE MATERIALIZED VIEW m SORTKEY (b) AS SELECT qty FROM winsales", '"b" named in a key'),
    ("CREATE MATERIALIZED VIEW m DISTSTYLE ODD AS SELECT qty FROM winsales", "syntax error"),
    ("COMMENT ON VIEW soldstored IS 'x'", '"soldstored" is not a view'),
    ("SELECT 1 1", "syntax error"),
    ("SELECT 'open", "unterminated quoted string"),
    ("SELECT /* open", "unterminated /* comment"),
    ("SELECT 1/0", "division by zero"),
    ("SELECT 123.456::decimal(2,1)", "numeric field overflow"),
    ("SELECT 12345678::smallint", "smallint out of range"),
    ("SELECT cast('ABC' AS integer)", "invalid input syntax for type integer"),
    ("SELECT 1::decimal(39,0)", "precision 39 must be between 1 and 38"),
    ("SELECT 'a'::varchar(65536)", "cannot exceed 65535"),
    ("SELECT CASE WHEN true THEN 1 ELSE current_date END", "cannot be matched"),
    ("SELECT cast(1 AS decimal(38,19)) * cast(2 AS decimal(38,19))", "Numeric data overflow"),
    ("SAVEPOINT here", "SAVEPOINT"),
    ("CREATE TABLE refused (a int DISTKEY, b int DISTKEY)", "multiple distkey"),
    ("CREATE TABLE refused (a int) DISTSTYLE EVEN DISTKEY (a)", "DISTSTYLE EVEN"),
    ("CREATE TABLE refused (a int) SORTKEY (b)", 'column "b" named in a key does not exist'),
    ("CREATE TABLE refused (a int REFERENCES nosuch (b))", 'relation "nosuch" does not exist'),
    ("CREATE TABLE refused (ctid int)", "conflicts with a system column name"),
    ("CREATE TABLE refused (a varchar IDENTITY(1,1))", "must be INT or BIGINT"),
    ("ALTER TABLE winsales ALTER COLUMN qty TYPE bigint", "only the size of VARCHAR"),
    ("CREATE USER weak PASSWORD 'weak'", "password must have"),
    ("COPY winsales FROM STDIN", "needs an s3:// address"),
    ("COPY winsales FROM 's3://b/k'", "must specify IAM_ROLE"),
    ("COPY winsales FROM 's3://b/k' IAM_ROLE default FORMAT PARQUET GZIP", "GZIP is not supported"),
    ("COPY winsales FROM 's3://b/k' IAM_ROLE default REGION 'eu-west-1'", "not in eu-west-1"),
    ("UNLOAD ('SELECT 1 AS a') TO 's3://b/k' IAM_ROLE default PARTITION BY (b)", '"b" is not in'),
]

WITHOUT_A_RULE = [
    "SELECT ifnull(1, 2)",
    "SELECT generate_series(1, 3)",
    "SELECT now()",
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_catalog.lower('A')",
    "SELECT c.relname::regclass FROM pg_class c, winsales w",
    "SELECT c.relname::regclass FROM pg_class c JOIN pg_type t ON true CROSS JOIN winsales",
    "SELECT pg_ls_dir('.') FROM pg_class",
    "SELECT redshift_sql.version()",
    "SELECT array[1, 2]",
    "SELECT a FROM (VALUES (1)) AS v (a)",
    "SELECT count(*) FILTER (WHERE qty > 1) FROM winsales",
    "SELECT lag(qty) IGNORE NULLS OVER (ORDER BY salesid) FROM winsales",
    "SELECT string_agg(buyerid, ',') FROM winsales",
    "SELECT qty IS DISTINCT FROM 1 FROM winsales",
    "SELECT (1, 2) = (1, 2)",
    "SELECT 2 ^ 3",
    "SELECT qty & 1 FROM winsales",
    "SELECT 1e3",
    "SELECT 10.0 / 3",
    "SELECT 'a' || 1",
    "SELECT 1.5::float::varchar",
    "SELECT true::varchar",
    "SELECT median(pricepaid) FROM winsales",
    "SELECT interval '1 month'",
    "SELECT sysdate - getdate()",
    "SELECT extract(decade FROM sysdate)",
    "SELECT to_char(sysdate, 'J')",
    "SELECT regexp_replace('a', '(a)', '\\\\1')",
    "SELECT regexp_substr('a', '(?=a)')",
    "SELECT '\\d'",
    "SELECT buyerid = 'a ' FROM winsales",
    "SELECT * FROM winsales, LATERAL (SELECT 1) AS l",
    "SELECT * FROM winsales NATURAL JOIN winsales AS b",
    "SELECT * FROM winsales TABLESAMPLE SYSTEM (10)",
    "SELECT * FROM winsales FOR UPDATE",
    "SELECT qty INTO copied FROM winsales",
    "SELECT * FROM winsales PIVOT (sum(qty) FOR buyerid IN ('a', 'b'))",
    "INSERT INTO winsales (qty) VALUES (1) ON CONFLICT DO NOTHING",
    "INSERT INTO winsales (qty) VALUES (1) RETURNING qty",
    "DELETE FROM winsales WHERE false RETURNING qty",
    "CREATE INDEX i ON winsales (qty)",
    "CREATE TRIGGER t BEFORE INSERT ON winsales EXECUTE FUNCTION f()",
    "CREATE PROCEDURE p() AS $$ BEGIN END $$ LANGUAGE plpgsql",
    "CREATE FUNCTION f() RETURNS int STABLE AS $$ SELECT 1 $$ LANGUAGE sql",
    "CREATE EXTERNAL SCHEMA s FROM DATA CATALOG DATABASE 'd' IAM_ROLE 'arn:aws:iam::1:role/r'",
    "CREATE TABLE refused (a int[])",
    "CREATE TABLE refused (a geometry)",
    "CREATE TABLE refused (a int CHECK (a > 0))",
    "CALL p()",
    "DO $$ BEGIN END $$",
    "EXPLAIN SELECT 1",
    "SET timezone TO 'Europe/London'",
    "SET session_replication_role TO replica",
    "SET SESSION AUTHORIZATION other",
    "COPY winsales TO '/tmp/file'",
    "COPY winsales FROM 's3://b/k' IAM_ROLE default FORMAT ORC",
    "COPY winsales FROM 's3://b/k' IAM_ROLE default MAXERROR 10",
    "COPY winsales FROM 's3://b/k' IAM_ROLE 'arn:aws:iam::1:role/a,arn:aws:iam::1:role/b' CSV",
    "GRANT EXECUTE ON FUNCTION f() TO PUBLIC",
    "VALUES (1)",
    "CREATE MATERIALIZED VIEW m AUTO REFRESH YES AS SELECT qty FROM winsales",
    "COMMENT ON MATERIALIZED VIEW soldstored IS 'x'",
]


@pytest.mark.parametrize(("sql", "message"), REFUSED_BY_REDSHIFT)
@pytest.mark.usefixtures("sales")
def test_refuses_what_redshift_refuses(sql: str, message: str, client: Client) -> None:
    with pytest.raises(psycopg.Error) as refused:
        client.rows(sql)
    assert message in str(refused.value)


@pytest.mark.parametrize("sql", WITHOUT_A_RULE)
@pytest.mark.usefixtures("sales")
def test_refuses_what_it_has_no_rule_for(sql: str, client: Client) -> None:
    with pytest.raises(psycopg.Error) as refused:
        client.rows(sql)
    text = str(refused.value)
    assert LOCAL in text or "syntax error" in text or "does not exist" in text


@pytest.mark.usefixtures("sales")
def test_a_refused_statement_fails_the_transaction_that_it_is_part_of(client: Client) -> None:
    client.run("BEGIN")
    with pytest.raises(psycopg.errors.FeatureNotSupported):
        client.run("SELECT ifnull(1, 2)")
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        client.run("SELECT 1")
    client.run("ROLLBACK")
    assert client.value("SELECT 1") == "1"


@pytest.mark.usefixtures("sales")
def test_a_cast_that_would_lose_digits_in_an_unknown_way_is_refused(client: Client) -> None:
    with pytest.raises(psycopg.Error, match=r"a cast of 28\.05 to a whole number"):
        client.rows("SELECT pricepaid::integer FROM winsales WHERE salesid = 30007")
    with pytest.raises(psycopg.Error, match=r"a cast of 1\.25 to 1 decimals"):
        client.rows("SELECT '1.25'::decimal(4,1)")


def test_a_count_of_weeks_that_depends_on_their_first_day_is_refused(client: Client) -> None:
    with pytest.raises(psycopg.Error, match="DATEDIFF in weeks"):
        client.rows("SELECT datediff(week, '2024-01-06', '2024-01-07')")  # Saturday, Sunday
