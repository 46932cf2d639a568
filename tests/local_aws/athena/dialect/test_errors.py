"""What is refused: by Trino in Trino's words, and by the local engine where it might err."""

from __future__ import annotations

import pytest

from local_aws.athena.dialect.parsing import parse_statement
from local_aws.athena.errors import MalformedQueryError, QueryError
from tests.local_aws.athena.dialect.conftest import Ask

T = " FROM (VALUES (1, 'a')) t(n, s)"

FAILURES: list[tuple[str, str]] = [
    ("SELECT 1 / 0", "DIVISION_BY_ZERO: Division by zero"),
    ("SELECT 1 % 0", "DIVISION_BY_ZERO: Division by zero"),
    ("SELECT 1.5 / 0", "DIVISION_BY_ZERO: Division by zero"),
    ("SELECT n / (n - 1)" + T, "DIVISION_BY_ZERO: Division by zero"),
    ("SELECT cast('x' as integer)", "INVALID_CAST_ARGUMENT: Cannot cast 'x' to INT"),
    ("SELECT cast('2.5' as bigint)", "INVALID_CAST_ARGUMENT: Cannot cast '2.5' to BIGINT"),
    ("SELECT cast('1_000' as integer)", "INVALID_CAST_ARGUMENT: Cannot cast '1_000' to INT"),
    ("SELECT cast('abc' as date)", "INVALID_CAST_ARGUMENT: Value cannot be cast to date: abc"),
    ("SELECT cast('2011-03-01T08:26:00' as timestamp)", "NOT_SUPPORTED: "),
    ("SELECT cast(' 12' as integer)", "NOT_SUPPORTED: "),
    ("SELECT cast(123.45 as decimal(3,1))", "INVALID_CAST_ARGUMENT: "),
    ("SELECT bigint '9223372036854775807' + 1", "NUMERIC_VALUE_OUT_OF_RANGE: "),
    ("SELECT 2147483647 + 1", "NUMERIC_VALUE_OUT_OF_RANGE: "),
    ("SELECT ARRAY[1][2]", "INVALID_FUNCTION_ARGUMENT: "),
    ("SELECT map(ARRAY['a'], ARRAY[1])['b']", "INVALID_FUNCTION_ARGUMENT: Key not present in map"),
    ("SELECT map(ARRAY['a', 'a'], ARRAY[1, 2])", "INVALID_FUNCTION_ARGUMENT: "),
    ("SELECT date_parse('x', '%Y')", 'INVALID_FUNCTION_ARGUMENT: Invalid format: "x"'),
    ("SELECT date '2011-03-01' + interval '1' hour", "INVALID_FUNCTION_ARGUMENT: Cannot add hour"),
    (
        "SELECT (SELECT x FROM (VALUES 1, 2) u(x))",
        "SUBQUERY_MULTIPLE_ROWS: Scalar sub-query has returned multiple rows",
    ),
    ("SELECT nope" + T, "COLUMN_NOT_FOUND: line 1:8: Column 'nope' cannot be resolved"),
    ("SELECT n AS m" + T + " WHERE m = 1", "COLUMN_NOT_FOUND: "),
    ("SELECT n AS m, m + 1" + T, "COLUMN_NOT_FOUND: "),
    ("SELECT n AS m, count(*)" + T + " GROUP BY m", "COLUMN_NOT_FOUND: "),
    ("SELECT 1 FROM nope", "TABLE_NOT_FOUND: line 1:15: Table 'nope' does not exist"),
    (
        "SELECT x FROM (VALUES 1) a(x), (VALUES 2) b(x)",
        "AMBIGUOUS_NAME: line 1:8: Column 'x' is ambiguous",
    ),
    (
        "SELECT n, count(*)" + T,
        "EXPRESSION_NOT_AGGREGATE: line 1:8: 'n' must be an aggregate "
        "expression or appear in GROUP BY clause",
    ),
    ("SELECT count(*)" + T + " WHERE count(*) > 1", "EXPRESSION_NOT_SCALAR: "),
    ("SELECT sum(count(*))" + T, "NESTED_AGGREGATION: "),
    ("SELECT n" + T + " GROUP BY 2", "INVALID_COLUMN_REFERENCE: "),
    ("SELECT DISTINCT s" + T + " ORDER BY n", "EXPRESSION_NOT_IN_DISTINCT: "),
    ("SELECT 'a' = 1", "TYPE_MISMATCH: line 1:12: Cannot apply operator: varchar(1) = integer"),
    ("SELECT 'a' + 1", "TYPE_MISMATCH: "),
    ("SELECT date '2011-03-01' = '2011-03-01'", "TYPE_MISMATCH: "),
    ("SELECT date '2011-03-01' + 1", "TYPE_MISMATCH: "),
    ("SELECT 1 WHERE 'true'", "TYPE_MISMATCH: "),
    ("SELECT NOT 1", "TYPE_MISMATCH: "),
    ("SELECT CASE WHEN true THEN 1 ELSE 'a' END", "TYPE_MISMATCH: "),
    ("SELECT 1 UNION SELECT 'a'", "TYPE_MISMATCH: line 1:10: column 1 in UNION query"),
    ("SELECT 1 UNION SELECT 1, 2", "TYPE_MISMATCH: "),
    ("SELECT cast(1 as string)", "TYPE_MISMATCH: line 1:18: Unknown type: string"),
    ("SELECT cast(date '2011-03-01' as integer)", "TYPE_MISMATCH: "),
    (
        "SELECT lower(1)",
        "FUNCTION_NOT_FOUND: line 1:8: Unexpected parameters (integer) for function lower",
    ),
    ("SELECT row_number()", "MISSING_OVER: "),
    ("SELECT ?", "INVALID_PARAMETER_USAGE: "),
]

REFUSED = [
    "SELECT approx_percentile(n, 0.5)" + T,
    "SELECT levenshtein_distance('a', 'b')",
    "SELECT cast(1e0 as varchar)",
    "SELECT cast('a' as char(3))",
    "SELECT timestamp '2020-01-01 00:00:00 Europe/London'",
    "SELECT from_iso8601_timestamp('2020-05-11T11:15:05+01:00')",
    "SELECT regexp_like('a', '(?=a)')",
    "SELECT regexp_like('a', '\\w')",
    "SELECT regexp_like('a', s)" + T,
    "SELECT regexp_extract('ab', '(a)|(b)', 1)",
    "SELECT date_format(current_timestamp, '%D')",
    "SELECT format_datetime(current_timestamp, 'ww')",
    "SELECT interval '1' day",
    "SELECT interval '1-2' year to month",
    "SELECT try(coalesce(1 / 0, 5))",
    "SELECT ARRAY[1] = ARRAY[1]",
    "SELECT transform(ARRAY[1], x -> x + 1)",
    "SELECT * FROM (VALUES 1) t(x) TABLESAMPLE BERNOULLI (10)",
    "SELECT sum(n) OVER (ORDER BY n RANGE 1 PRECEDING)" + T,
    "SELECT sum(n) OVER (ORDER BY n GROUPS 1 PRECEDING)" + T,
    "WITH RECURSIVE t(n) AS (VALUES 1) SELECT * FROM t",
    "SELECT * FROM (VALUES 1) a(x) NATURAL JOIN (VALUES 1) b(x)",
    "SELECT n" + T + " ORDER BY n FETCH FIRST 1 ROW WITH TIES",
    "SELECT n" + T + " GROUP BY ALL n",
    "SELECT (SELECT y FROM (VALUES 1) u(y) WHERE y = n LIMIT 1)" + T,
    "SELECT current_time",
    "SELECT json_value('{}', 'lax $.a')",
    "SELECT listagg(s, ',') WITHIN GROUP (ORDER BY s)" + T,
    "INSERT INTO t SELECT 1",
    "DELETE FROM t",
    "UPDATE t SET a = 1",
    "MERGE INTO t USING u ON true WHEN MATCHED THEN DELETE",
    "ALTER TABLE t ADD COLUMNS (a int)",
    "MSCK REPAIR TABLE t",
    "UNLOAD (SELECT 1) TO 's3://x/' WITH (format = 'PARQUET')",
    "EXPLAIN SELECT 1",
    "VACUUM t",
    "OPTIMIZE t REWRITE DATA USING BIN_PACK",
    "CREATE VIEW v AS SELECT 1",
    "CREATE EXTERNAL TABLE t (a int) LOCATION 's3://x/'",
    "CREATE TABLE t (a int) LOCATION 's3://x/' TBLPROPERTIES ('table_type'='ICEBERG')",
    "SHOW VIEWS",
]

MALFORMED: list[tuple[str, str]] = [
    ("", "line 1:1: mismatched input '<EOF>'. Expecting: <query>"),
    ("SELEC 1", "line 1:1: mismatched input 'SELEC'. Expecting: <query>"),
    ("SELECT 1 FORM t", "line 1:15: mismatched input 't'. Expecting: <EOF>"),
    ("SELECT *\nFROM t\nWHERE", "line 3:6: mismatched input '<EOF>'. Expecting: <identifier>"),
    ("SELECT 1::integer", "line 1:9: mismatched input ':'. Expecting: <EOF>"),
    ("SELECT 1 LIMIT 2, 3", "line 1:17: mismatched input ','. Expecting: <EOF>"),
    ("SELECT 1 LIMIT 2 OFFSET 3", "line 1:18: mismatched input 'OFFSET'. Expecting: <EOF>"),
    ("SELECT a == 1", "line 1:11: mismatched input '='. Expecting: <identifier>"),
    ("SELECT a = b = c", "line 1:14: mismatched input '='. Expecting: <EOF>"),
    ("SELECT 1 2", "line 1:10: mismatched input '2'. Expecting: <EOF>"),
    ("SELECT a, FROM t", "line 1:11: mismatched input 'FROM'. Expecting: <identifier>"),
    (
        "SELECT `a` FROM t",
        "line 1:8: backquoted identifiers are not supported; use double quotes "
        "to quote identifiers",
    ),
    ("SELECT a FROM t QUALIFY true", "line 1:25: mismatched input 'true'. Expecting: <EOF>"),
    ("SELECT x ILIKE 'a'", "line 1:16: mismatched input ''a''. Expecting: <EOF>"),
    ("SELECT 'it''s", "line 1:8: mismatched input '''"),
    (
        "SELECT 5abc",
        "line 1:8: identifiers must not start with a digit; surround the identifier "
        "with double quotes",
    ),
    ("SELECT 1; SELECT 2", "line 1:11: mismatched input 'SELECT'. Expecting: <EOF>"),
    ("SELECT order FROM t", "line 1:8: mismatched input 'order'. Expecting: <identifier>"),
]


@pytest.mark.parametrize(("sql", "reason"), FAILURES, ids=[case[0][:60] for case in FAILURES])
def test_what_trino_refuses_fails_with_its_error(ask: Ask, sql: str, reason: str) -> None:
    with pytest.raises(QueryError) as caught:
        ask(sql)
    assert caught.value.reason.startswith(reason)


@pytest.mark.parametrize("sql", REFUSED)
def test_what_the_local_engine_lacks_is_an_error_that_says_so(ask: Ask, sql: str) -> None:
    with pytest.raises(QueryError) as caught:
        ask(sql)
    assert caught.value.code == "NOT_SUPPORTED"
    assert "LOCAL engine" in caught.value.reason


@pytest.mark.parametrize(("sql", "message"), MALFORMED, ids=[case[0][:60] for case in MALFORMED])
def test_a_text_that_is_no_trino_sql_is_malformed(sql: str, message: str) -> None:
    with pytest.raises(MalformedQueryError) as caught:
        parse_statement(sql)
    assert str(caught.value) == message
