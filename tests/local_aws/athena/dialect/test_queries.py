"""Whole queries: clauses, grouping, windows, joins and set operations, as Trino documents them.

Sources: sql/select.md, functions/aggregate.md and functions/window.md of Trino's documentation.
"""

from __future__ import annotations

import pytest

from tests.local_aws.athena.dialect.conftest import Ask

N = None
SALES = (
    "WITH sales(shop, item, amount) AS (VALUES ('a', 'x', 10.50), ('a', 'y', 4.25), "
    "('b', 'x', 1.00), ('b', NULL, NULL)) "
)
NUMBERS = "WITH t(x) AS (VALUES 3, 1, NULL, 2) "

Rows = list[tuple[str | None, ...]]

CASES: list[tuple[str, Rows, list[str]]] = [
    # Names and stars
    ("SELECT 1, 2 AS b, 'x' AS \"C\"", [("1", "2", "x")], ["integer", "integer", "varchar(1)"]),
    (
        "SELECT * FROM (VALUES (1, 'a'), (2, 'bc')) AS t(n, s)",
        [("1", "a"), ("2", "bc")],
        ["integer", "varchar(2)"],
    ),
    (
        "SELECT t.*, u.n FROM (VALUES 1) t(n) CROSS JOIN (VALUES 2) u(n)",
        [("1", "2")],
        ["integer", "integer"],
    ),
    ("VALUES (1, 2.5), (2, 3)", [("1", "2.5"), ("2", "3.0")], ["integer", "decimal(11, 1)"]),
    ("TABLE_OF".replace("TABLE_OF", "WITH t(a) AS (SELECT 1) TABLE t"), [("1",)], ["integer"]),
    # Order: NULLs last in both directions
    (NUMBERS + "SELECT x FROM t ORDER BY x", [("1",), ("2",), ("3",), (N,)], ["integer"]),
    (NUMBERS + "SELECT x FROM t ORDER BY x DESC", [("3",), ("2",), ("1",), (N,)], ["integer"]),
    (NUMBERS + "SELECT x FROM t ORDER BY x NULLS FIRST LIMIT 1", [(N,)], ["integer"]),
    (NUMBERS + "SELECT x AS y FROM t ORDER BY -y LIMIT 1", [("3",)], ["integer"]),
    (NUMBERS + "SELECT -x AS x FROM t ORDER BY x LIMIT 1", [("-3",)], ["integer"]),
    (
        NUMBERS + "SELECT 'k' FROM t ORDER BY x OFFSET 1 ROW FETCH FIRST ROW ONLY",
        [("k",)],
        ["varchar(1)"],
    ),
    (NUMBERS + "SELECT x FROM t ORDER BY 1 OFFSET 2 LIMIT 1", [("3",)], ["integer"]),
    ("SELECT DISTINCT x FROM (VALUES 1, 1, 2) t(x) ORDER BY x", [("1",), ("2",)], ["integer"]),
    # Aggregates
    (
        SALES + "SELECT count(*), count(item), count(DISTINCT item), sum(amount), avg(amount), "
        "min(amount), max(item) FROM sales",
        [("4", "3", "2", "15.75", "5.25", "1.00", "y")],
        [
            "bigint",
            "bigint",
            "bigint",
            "decimal(38, 2)",
            "decimal(4, 2)",
            "decimal(4, 2)",
            "varchar(1)",
        ],
    ),
    ("SELECT avg(x), sum(x) FROM (VALUES 1, 2) t(x)", [("1.5", "3")], ["double", "bigint"]),
    ("SELECT avg(x) FROM (VALUES 0.05, 0.06) t(x)", [("0.06",)], ["decimal(2, 2)"]),
    ("SELECT avg(x) FROM (VALUES -0.05, -0.06) t(x)", [("-0.06",)], ["decimal(2, 2)"]),
    (
        "SELECT sum(x), count(x), count(*), avg(x), array_agg(x), max(x) FROM (VALUES 1) t(x) "
        "WHERE false",
        [(N, "0", "0", N, N, N)],
        ["bigint", "bigint", "bigint", "double", "array(integer)", "integer"],
    ),
    (
        SALES + "SELECT shop, sum(amount) FROM sales GROUP BY shop ORDER BY 2 DESC",
        [("a", "14.75"), ("b", "1.00")],
        ["varchar(1)", "decimal(38, 2)"],
    ),
    (
        SALES + "SELECT upper(shop) AS s, count(*) FROM sales GROUP BY upper(shop) "
        "HAVING sum(amount) > 5",
        [("A", "2")],
        ["varchar(1)", "bigint"],
    ),
    (
        SALES + "SELECT count(*) FILTER (WHERE amount > 2), sum(amount) FILTER (WHERE shop = 'z') "
        "FROM sales",
        [("2", N)],
        ["bigint", "decimal(38, 2)"],
    ),
    (
        SALES + "SELECT max_by(item, amount), min_by(item, amount) FROM sales",
        [("x", "x")],
        ["varchar(1)", "varchar(1)"],
    ),
    ("SELECT max_by(a, b) FROM (VALUES (NULL, 2), (1, 1)) t(a, b)", [(N,)], ["integer"]),
    (
        NUMBERS + "SELECT array_agg(x ORDER BY x DESC), array_agg(x) FILTER (WHERE x > 1) FROM t",
        [("[3, 2, 1, null]", "[3, 2]")],
        ["array(integer)", "array(integer)"],
    ),
    (
        NUMBERS + "SELECT count_if(x > 1), bool_and(x > 0), bool_or(x > 2), every(x > 1) FROM t",
        [("2", "true", "true", "false")],
        ["bigint", "boolean", "boolean", "boolean"],
    ),
    (
        "SELECT map_agg(k, v) FROM (VALUES ('a', 1)) t(k, v)",
        [("{a=1}",)],
        ["map(varchar(1), integer)"],
    ),
    ("SELECT approx_distinct(x) FROM (VALUES 1, 1, 2, NULL) t(x)", [("2",)], ["bigint"]),
    (
        "SELECT stddev(x), variance(x), var_pop(x) FROM (VALUES 2, 4) t(x)",
        [("1.4142135623730951", "2.0", "1.0")],
        ["double", "double", "double"],
    ),
    (
        "SELECT stddev_samp(x), stddev_pop(x) FROM (VALUES 2) t(x)",
        [(N, "0.0")],
        ["double", "double"],
    ),
    (
        "SELECT any_value(x), arbitrary(x) FROM (VALUES NULL, 1) t(x)",
        [("1", "1")],
        ["integer", "integer"],
    ),
    (
        SALES + "SELECT shop, sum(sum(amount)) OVER () FROM sales GROUP BY shop ORDER BY shop",
        [("a", "15.75"), ("b", "15.75")],
        ["varchar(1)", "decimal(38, 2)"],
    ),
    # Grouping sets
    (
        SALES + "SELECT shop, sum(amount), grouping(shop) FROM sales GROUP BY ROLLUP (shop) "
        "ORDER BY shop",
        [("a", "14.75", "0"), ("b", "1.00", "0"), (N, "15.75", "1")],
        ["varchar(1)", "decimal(38, 2)", "integer"],
    ),
    (
        SALES
        + "SELECT shop, item, count(*) FROM sales GROUP BY GROUPING SETS ((shop), (item), ()) "
        "ORDER BY 1, 2, 3",
        [("a", N, "2"), ("b", N, "2"), (N, "x", "2"), (N, "y", "1"), (N, N, "1"), (N, N, "4")],
        ["varchar(1)", "varchar(1)", "bigint"],
    ),
    (
        SALES + "SELECT count(*) FROM sales GROUP BY CUBE (shop, item) ORDER BY 1 DESC LIMIT 1",
        [("4",)],
        ["bigint"],
    ),
    (
        SALES + "SELECT coalesce(shop, 'all'), sum(amount) FROM sales GROUP BY ROLLUP (shop) "
        "ORDER BY 1",
        [("a", "14.75"), ("all", "15.75"), ("b", "1.00")],
        ["varchar(3)", "decimal(38, 2)"],
    ),
    (
        SALES
        + "SELECT shop, item, count(*) FROM sales GROUP BY (shop, item) ORDER BY 1, 2 LIMIT 1",
        [("a", "x", "1")],
        ["varchar(1)", "varchar(1)", "bigint"],
    ),
    # Windows
    (
        NUMBERS + "SELECT x, row_number() OVER (ORDER BY x DESC), rank() OVER (ORDER BY x) FROM t "
        "ORDER BY x",
        [("1", "3", "1"), ("2", "2", "2"), ("3", "1", "3"), (N, "4", "4")],
        ["integer", "bigint", "bigint"],
    ),
    (
        NUMBERS + "SELECT x, lag(x) OVER w, lead(x, 2, 0) OVER w, first_value(x) OVER w FROM t "
        "WINDOW w AS (ORDER BY x) ORDER BY x",
        [("1", N, "3", "1"), ("2", "1", N, "1"), ("3", "2", "0", "1"), (N, "3", "0", "1")],
        ["integer", "integer", "integer", "integer"],
    ),
    (
        NUMBERS + "SELECT sum(x) OVER (ORDER BY x ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t "
        "ORDER BY x",
        [("1",), ("3",), ("5",), ("3",)],
        ["bigint"],
    ),
    (
        NUMBERS + "SELECT last_value(x) IGNORE NULLS OVER (ORDER BY x ROWS BETWEEN UNBOUNDED "
        "PRECEDING AND UNBOUNDED FOLLOWING) FROM t LIMIT 1",
        [("3",)],
        ["integer"],
    ),
    (
        SALES + "SELECT shop, amount, avg(amount) OVER (PARTITION BY shop) FROM sales "
        "WHERE amount > 4 ORDER BY amount",
        [("a", "4.25", "7.38"), ("a", "10.50", "7.38")],
        ["varchar(1)", "decimal(4, 2)", "decimal(4, 2)"],
    ),
    (
        "SELECT ntile(2) OVER (ORDER BY x), dense_rank() OVER (ORDER BY x), "
        "percent_rank() OVER (ORDER BY x), cume_dist() OVER (ORDER BY x) "
        "FROM (VALUES 1, 1, 2) t(x) ORDER BY x LIMIT 1",
        [("1", "1", "0.0", "0.6666666666666666")],
        ["bigint", "bigint", "double", "double"],
    ),
    # Joins
    (
        "SELECT a.x, b.y FROM (VALUES 1, 2) a(x) LEFT JOIN (VALUES (1, 'p')) b(x, y) ON a.x = b.x "
        "ORDER BY 1",
        [("1", "p"), ("2", N)],
        ["integer", "varchar(1)"],
    ),
    (
        "SELECT x, y, z FROM (VALUES (1, 'l')) a(x, y) FULL JOIN (VALUES (2, 'r')) b(x, z) "
        "USING (x) ORDER BY x",
        [("1", "l", N), ("2", N, "r")],
        ["integer", "varchar(1)", "varchar(1)"],
    ),
    (
        "SELECT * FROM (VALUES (1, 'l')) a(x, y) JOIN (VALUES (1, 'r')) b(x, z) USING (x)",
        [("1", "l", "r")],
        ["integer", "varchar(1)", "varchar(1)"],
    ),
    (
        "SELECT count(*) FROM (VALUES 1, 2) a(x), (VALUES 1, 2) b(x) WHERE a.x < b.x",
        [("1",)],
        ["bigint"],
    ),
    # UNNEST
    (
        "SELECT n, x, i FROM (VALUES (1, ARRAY['a', 'b']), (2, NULL)) t(n, xs) "
        "CROSS JOIN UNNEST(xs) WITH ORDINALITY AS u(x, i) ORDER BY i",
        [("1", "a", "1"), ("1", "b", "2")],
        ["integer", "varchar(1)", "bigint"],
    ),
    (
        "SELECT n, x FROM (VALUES (1, ARRAY[7]), (2, NULL)) t(n, xs) "
        "LEFT JOIN UNNEST(xs) AS u(x) ON TRUE ORDER BY n",
        [("1", "7"), ("2", N)],
        ["integer", "integer"],
    ),
    (
        "SELECT * FROM UNNEST(ARRAY[1, 2], ARRAY['a']) AS t(x, y)",
        [("1", "a"), ("2", N)],
        ["integer", "varchar(1)"],
    ),
    (
        "SELECT * FROM UNNEST(map(ARRAY['a'], ARRAY[1])) AS t(k, v)",
        [("a", "1")],
        ["varchar(1)", "integer"],
    ),
    (
        "SELECT * FROM UNNEST(ARRAY[ROW(1, 'a'), ROW(2, 'b')]) AS t(x, y)",
        [("1", "a"), ("2", "b")],
        ["integer", "varchar(1)"],
    ),
    # Subqueries
    (
        "SELECT x FROM (VALUES 1, 2) t(x) WHERE x IN (SELECT y FROM (VALUES 2, 3) u(y))",
        [("2",)],
        ["integer"],
    ),
    (
        "SELECT x FROM (VALUES 1, 2) t(x) WHERE x NOT IN (SELECT y FROM (VALUES 2, NULL) u(y))",
        [],
        ["integer"],
    ),
    (
        "SELECT x FROM (VALUES 1, 2) t(x) WHERE EXISTS (SELECT 1 FROM (VALUES 2) u(y) "
        "WHERE u.y = t.x)",
        [("2",)],
        ["integer"],
    ),
    ("SELECT (SELECT max(y) FROM (VALUES 1, 5) u(y)) + 1", [("6",)], ["integer"]),
    (
        "SELECT x, (SELECT count(*) FROM (VALUES 1, 1) u(y) WHERE y = x) FROM (VALUES 1, 2) t(x) "
        "ORDER BY x",
        [("1", "2"), ("2", "0")],
        ["integer", "bigint"],
    ),
    # Set operations
    (
        "SELECT 1 AS a UNION SELECT 1 UNION ALL SELECT 2.5 ORDER BY a",
        [("1.0",), ("2.5",)],
        ["decimal(11, 1)"],
    ),
    ("SELECT x FROM (VALUES 1, 1, 2) t(x) INTERSECT SELECT 1", [("1",)], ["integer"]),
    ("SELECT x FROM (VALUES 1, 1, 2) t(x) EXCEPT SELECT 2", [("1",)], ["integer"]),
    (
        "SELECT x FROM (VALUES 1, 1, 2) t(x) EXCEPT ALL SELECT 1 ORDER BY x",
        [("1",), ("2",)],
        ["integer"],
    ),
    ("(SELECT 1 LIMIT 1) UNION ALL (SELECT 2) ORDER BY 1 LIMIT 1", [("1",)], ["integer"]),
    ("SELECT 'a' UNION ALL SELECT NULL ORDER BY 1", [("a",), (N,)], ["varchar(1)"]),
    # Common tables
    (
        "WITH a AS (SELECT 1 AS x), b AS (SELECT x + 1 AS x FROM a) SELECT a.x, b.x FROM a, b",
        [("1", "2")],
        ["integer", "integer"],
    ),
    (
        "WITH a AS (SELECT 1 AS x) SELECT * FROM (WITH a AS (SELECT 2 AS x) SELECT * FROM a)",
        [("2",)],
        ["integer"],
    ),
]


@pytest.mark.parametrize(("sql", "rows", "kinds"), CASES, ids=[case[0][-60:] for case in CASES])
def test_a_query_has_the_documented_rows_and_types(
    ask: Ask, sql: str, rows: Rows, kinds: list[str]
) -> None:
    answer = ask(sql)
    assert answer.rows == rows
    assert answer.types == kinds


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT 1, 2 AS b, 3", ["_col0", "b", "_col2"]),
        ('SELECT 1 AS "Quoted Name", 2 AS Mixed', ["Quoted Name", "Mixed"]),
        ("SELECT t.x, X + 1 FROM (VALUES 1) t(x)", ["x", "_col1"]),
        ("SELECT count(*), max(x) FROM (VALUES 1) t(x)", ["_col0", "_col1"]),
        ("SELECT x, x FROM (VALUES 1) t(x)", ["x", "x"]),
    ],
)
def test_columns_are_named_as_in_trino(ask: Ask, sql: str, names: list[str]) -> None:
    assert ask(sql).names == names
