"""Each function and rule gives what Redshift's guide shows for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from local_aws.redshift.dialect.functions import known_functions
from local_aws.redshift.dialect.redshift_parser import APPROXIMATE_COUNT
from tests.local_aws.redshift.conftest import Client


@dataclass(frozen=True)
class Documented:
    """An example: the query, and its rows as text. The table winsales is the guide's."""

    sql: str
    rows: list[tuple[str | None, ...]]

    def __str__(self) -> str:
        return re.sub(r"\s+", " ", self.sql)[:70]


def one(sql: str, *values: str | None) -> Documented:
    """Return an example of one row."""
    return Documented(sql, [tuple(values)])


NUMBERS = [
    # Computations with numeric values: DECIMAL(8,2) / DECIMAL(8,2) is DECIMAL(17,9).
    one("SELECT pricepaid / commission FROM winsales WHERE salesid = 30001", "6.666666666"),
    # MIN: min(pricepaid/qtysold) is 20.00000000, a division of DECIMAL(8,2) by DECIMAL(5,0).
    one(
        "SELECT pricepaid / qty::smallint FROM winsales WHERE salesid = 30001",
        "72.80000000",
    ),
    # CAST: pricepaid::decimal(38,2)*100000000000000000000.
    one(
        "SELECT pricepaid::decimal(38,2)*100000000000000000000 FROM winsales WHERE salesid = 30001",
        "72800000000000000000000.00",
    ),
    one("SELECT cast(109.652 AS decimal(4,1))", "109.7"),
    # Numeric types: "results of explicit casts of values selected from tables are not rounded".
    one("SELECT pricepaid::decimal(8,1) FROM winsales WHERE salesid = 30007", "28.0"),
    one("SELECT cast(162.00 AS integer)", "162"),
    one("SELECT convert(integer, pricepaid) FROM winsales WHERE salesid = 30001", "728"),
    one("SELECT 7 / 2, -7 / 2", "3", "-3"),
    one("SELECT round(commission), round(commission, 1), round(commission, -1) "
        "FROM winsales WHERE salesid = 30007", "28", "28.1", "30"),
    one("SELECT trunc(111.86, 1), trunc(111.86)", "111.8", "111"),
    one("SELECT ceiling(28.05), ceil(28.05), floor(28.05)", "29", "29", "28"),
    one("SELECT abs(-38), sign(-38)", "38", "-1"),
    one("SELECT mod(10, 4), 10 % 4", "2", "2"),
    one("SELECT power(2, 3), pow(2, 3), sqrt(16), cbrt(27)", "8", "8", "4", "3"),
    one("SELECT exp(0), dexp(0), ln(1), dlog1(1), log(100), dlog10(100)",
        "1", "1", "0", "0", "2", "2"),
    one("SELECT sin(0), cos(0), tan(0), round(pi())", "0", "1", "0", "3"),
    one("SELECT random() >= 0 AND random() < 1", "t"),
    one("SELECT strtol('abcd1234', 16), strtol('1234567', 10), strtol('1234567', 8), "
        "strtol('110101', 2)", "2882343476", "1234567", "342391", "53"),
    one("SELECT to_hex(2147676847)", "8002f2af"),
]  # fmt: skip

CONDITIONS = [
    one("SELECT coalesce(NULL, 'x', 'y'), nvl(NULL, 5)", "x", "5"),
    one("SELECT nvl2(qty_shipped, 'known', 'open') FROM winsales WHERE salesid = 10005", "open"),
    one("SELECT nullif(3, 3), nullif(3, 4)", None, "3"),
    one("SELECT greatest('Rugby', 'Football'), least('Rugby', 'Football')", "Rugby", "Football"),
    # DECODE takes NULLs as equal.
    one("SELECT decode(NULL, NULL, 'unknown', 'known'), decode(3, 1, 'a', 3, 'c'), "
        "decode(4, 1, 'a', 'else')", "unknown", "c", "else"),
    one("SELECT coalesce(NULL::decimal(12,4), 0)", "0.0000"),
    one("SELECT CASE WHEN true THEN 1 ELSE 2.50 END", "1.00"),
]  # fmt: skip

TEXTS = [
    one("SELECT substring('caterpillar', 6, 4), substring('caterpillar', 6, 8)", "pill", "pillar"),
    one("SELECT substring('caterpillar', -2, 6), substr('caterpillar' , 6, 4)", "cat", "pill"),
    one("SELECT substring('caterpillar' FROM 6 FOR 4)", "pill"),
    one("SELECT cast('Fourscore and seven' AS varchar(5))", "Fours"),
    one("SELECT concat('December 25, ', '2008'), concat('a', NULL)", "December 25, 2008", None),
    one("SELECT 'a' || 'b', 'a' || NULL", "ab", None),
    one("SELECT lower('CatName'), upper('catname'), initcap('nibh.quisque@inc.ca')",
        "catname", "CATNAME", "Nibh.Quisque@Inc.Ca"),
    one("SELECT lower('ÀÉ'), upper('àé')", "àé", "ÀÉ"),
    one("SELECT len('français'), length('français'), octet_length('français')", "8", "8", "9"),
    one("SELECT char_length('cat'), character_length('cat'), textlen('cat')", "3", "3", "3"),
    one("SELECT trim('    dog    '), trim('\"' FROM '\"dog\"'), btrim('xyzaxyzbxyzcxyz', 'xyz')",
        "dog", "dog", "axyzbxyzc"),
    one("SELECT ltrim('2008-01-24', '2008-'), rtrim('Carlsbad', 'bad')", "1-24", "Carls"),
    one("SELECT left('Seattle', 3), right('Seattle', 3)", "Sea", "tle"),
    one("SELECT lpad('cat', 5, '.'), rpad('cat', 5, '0123'), lpad('caterpillar', 3)",
        "..cat", "cat01", "cat"),
    one("SELECT replace('shows, shows', 'shows', 'Theatre')", "Theatre, Theatre"),
    one("SELECT translate('mint tea', 'inea', 'osin')", "most tin"),
    one("SELECT reverse('0123abc')", "cba3210"),
    one("SELECT repeat('Toots', 3), replicate('ab', 2)", "TootsTootsToots", "abab"),
    one("SELECT charindex('fish', 'dogfish'), strpos('dogfish', 'fish'), position('fish' IN 'dog')",
        "4", "4", "0"),
    one("SELECT split_part('abc$def$ghi', '$', 2), split_part('abc$def$ghi', '$', 4)", "def", ""),
    one("SELECT chr(65), ascii('amazon')", "A", "97"),
    one("SELECT md5('Amazon Redshift')", "f7415e33f972c03abd4f3fed36748f7a"),
    one("SELECT len(sha2('Amazon Redshift', 256)), len(sha2('a', 512))", "64", "128"),
    one("SELECT quote_ident('\"CAT\"'), quote_literal('''CAT''')", '"""CAT"""', "'''CAT'''"),
    one("SELECT regexp_replace('Etiam@sodales.edu', '@.*\\\\.(org|gov|com|edu|ca)$')", "Etiam"),
    one("SELECT regexp_replace('the fox', '[aeiou]', '_')", "th_ f_x"),
    one("SELECT regexp_substr('Suspendisse.tristique@nonnisiAenean.edu', '@[^.]*'), "
        "regexp_substr('none', '@[^.]*')", "@nonnisiAenean", ""),
    one("SELECT regexp_count('abcdefghijklmnopqrstuvwxyz', '[a-z]{3}')", "8"),
    one("SELECT regexp_instr('The Home Depot Center', '[cC]ent(er|re)$')", "16"),
    one("SELECT to_number('12454.80', '99999.99')", "12454.80"),
    one("SELECT 'Zürich' ILIKE 'zÜRICH', 'Abc' ILIKE 'aBC', 'abc' LIKE 'a\\\\_c'", "f", "t", "f"),
    one("SELECT 'Abc' ~ 'b', 'Abc' ~* 'B', 'Abc' SIMILAR TO '(A|B)%'", "t", "t", "t"),
    one("SELECT 'a\\\\b', 'it''s'", "a\\b", "it's"),
]  # fmt: skip

DATES = [
    one("SELECT dateadd(month, 18, '2008-02-28')", "2009-08-28 00:00:00"),
    one("SELECT dateadd(m, 30, '2008-02-28')", "2008-02-28 00:30:00"),
    one("SELECT dateadd(month, 1, '2008-04-30')", "2008-05-30 00:00:00"),
    one("SELECT dateadd(month, 12, '2016-02-29'), dateadd(year, 1, '2016-02-29')",
        "2017-02-28 00:00:00", "2017-03-01 00:00:00"),
    one("SELECT add_months('2008-03-31', 1), add_months('2008-04-30', 1)",
        "2008-04-30 00:00:00", "2008-05-31 00:00:00"),
    one("SELECT datediff(week, '2009-01-01', '2009-12-31')", "52"),
    one("SELECT datediff(year, '2008-12-31', '2009-01-01')", "1"),
    one("SELECT datediff(hour, '2009-01-01 8:30:00', '2009-01-01 10:00:00')", "2"),
    one("SELECT datediff(day, '2009-01-02', '2009-01-01'), "
        "datediff(qtr, '2008-07-01', '2009-06-05')",
        "-1", "3"),
    one("SELECT date_trunc('week', '2008-09-08'::date), date_trunc('month', dateid) "
        "FROM winsales WHERE salesid = 10001", "2008-09-08 00:00:00", "2003-12-01 00:00:00"),
    one("SELECT extract(sec FROM '2009-09-21 11:10:03.189717'::timestamp), "
        "date_part(sec, '2009-09-21 11:10:03.189717'::timestamp)", "3", "3.189717"),
    one("SELECT date_part(week, '20220502 04:05:06.789'::timestamp), "
        "date_part(dayofweek, '20220502 04:05:06.789'::timestamp), "
        "pgdate_part('month', '20220502'::date)", "18", "1", "5"),
    one("SELECT date_part_year('2008-01-01'::date)", "2008"),
    one("SELECT extract(epoch FROM '2008-01-01 20:00:00'::timestamp)", "1199217600"),
    one("SELECT last_day('2004-02-11'), next_day('2014-08-20', 'Tuesday')",
        "2004-02-29", "2014-08-26"),
    one("SELECT months_between('1969-01-18', '1969-03-18'), "
        "months_between('2014-08-31', '2014-09-30')", "-2", "-1"),
    one("SELECT trunc('2011-07-21 10:32:38.248109'::timestamp), date('2011-07-21 10:32:38')",
        "2011-07-21", "2011-07-21"),
    one("SELECT to_char(timestamp '2009-12-31 23:15:59', 'MONTH-DY-DD-YYYY HH12:MIPM')",
        "DECEMBER -THU-31-2009 11:15PM"),
    one("SELECT to_char(timestamp '2009-12-31 23:15:59', 'YYYY-MM-DD HH24:MI:SS'), "
        "to_char(125.8, '999.99')", "2009-12-31 23:15:59", " 125.80"),
    one("SELECT to_date('02 Oct 2001', 'DD Mon YYYY')", "2001-10-02"),
    one("SELECT to_timestamp('2021-01-31 10:20:30', 'YYYY-MM-DD HH24:MI:SS')",
        "2021-01-31 10:20:30+00"),
    one("SELECT convert_timezone('America/New_York', '2013-02-01 08:00:00'), "
        "convert_timezone('America/New_York', 'UTC', '2013-02-01 08:00:00')",
        "2013-02-01 03:00:00", "2013-02-01 13:00:00"),
    one("SELECT cast('2008-02-18 02:36:48' AS date), cast('2008-01-05'::date AS timestamp)",
        "2008-02-18", "2008-01-05 00:00:00"),
    one("SELECT date '2008-12-31' + 1, date '2009-01-01' - date '2008-12-30'", "2009-01-01", "2"),
    one("SELECT timestamp '2008-12-31 23:00:00' + interval '2 hours'", "2009-01-01 01:00:00"),
    one("SELECT getdate() <= sysdate, datediff(day, sysdate, getdate()), "
        "current_date = trunc(sysdate)",
        "t", "0", "t"),
]  # fmt: skip

AGGREGATES = [
    # AVG: of integers cut to an integer; of DECIMAL cut to the scale (the guide's 655.06).
    one("SELECT avg(qty) FROM winsales", "19"),
    one("SELECT avg(commission) FROM winsales", "50.52"),
    one("SELECT sum(qty), sum(pricepaid), count(*), count(qty_shipped) FROM winsales",
        "215", "3546.05", "11", "5"),
    one("SELECT min(pricepaid), max(pricepaid), count(DISTINCT sellerid) FROM winsales",
        "28.05", "788.00", "4"),
    one("SELECT approximate count(DISTINCT sellerid) FROM winsales", "4"),
    one("SELECT median(qty), percentile_cont(0.5) WITHIN GROUP (ORDER BY qty) FROM winsales",
        "20.0", "20.0"),
    one("SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY pricepaid) FROM winsales", "197.00"),
    one("SELECT listagg(sellerid, ', ') WITHIN GROUP (ORDER BY dateid, salesid) FROM winsales",
        "3, 1, 1, 4, 1, 2, 4, 2, 3, 3, 3"),
    one("SELECT listagg(DISTINCT buyerid, ',') WITHIN GROUP (ORDER BY buyerid) FROM winsales",
        "a,b,c"),
    one("SELECT round(stddev(qty::float)), round(stddev_samp(qty)), round(stddev_pop(qty)), "
        "round(variance(qty)), round(var_samp(qty)), round(var_pop(qty)) FROM winsales",
        "10", "10", "10", "102", "102", "93"),
    one("SELECT bool_and(qty > 0), bool_or(qty > 35), any_value(1) FROM winsales", "t", "t", "1"),
    one("SELECT sum(9223372036854775806 + 1) FROM winsales WHERE salesid = 10001",
        "9223372036854775807"),
]  # fmt: skip

WINDOWS = [
    # AVG window function: the moving average of the guide.
    Documented(
        "SELECT salesid, avg(qty) OVER (ORDER BY dateid, salesid ROWS UNBOUNDED PRECEDING) "
        "FROM winsales WHERE salesid <= 10006 OR salesid IN (30001, 40001) "
        "ORDER BY dateid, salesid",
        [("30001", "10"), ("10001", "10"), ("10005", "16"), ("40001", "22"), ("10006", "20")],
    ),
    Documented(
        "SELECT salesid, row_number() OVER (PARTITION BY sellerid ORDER BY qty, salesid), "
        "rank() OVER (PARTITION BY sellerid ORDER BY qty), "
        "dense_rank() OVER (PARTITION BY sellerid ORDER BY qty) "
        "FROM winsales WHERE sellerid = 1 ORDER BY 2",
        [("10001", "1", "1", "1"), ("10006", "2", "1", "1"), ("10005", "3", "3", "2")],
    ),
    Documented(
        "SELECT buyerid, lag(qty, 1) OVER (ORDER BY buyerid), lead(qty) OVER (ORDER BY buyerid), "
        "ntile(2) OVER (ORDER BY buyerid) FROM winsales WHERE sellerid = 1 AND salesid < 10006 "
        "ORDER BY 1",
        [("a", None, "10", "1"), ("c", "30", None, "2")],
    ),
    Documented(
        "SELECT salesid, first_value(salesid) OVER (ORDER BY salesid ROWS BETWEEN UNBOUNDED "
        "PRECEDING AND UNBOUNDED FOLLOWING), last_value(salesid) OVER (ORDER BY salesid ROWS "
        "BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING), nth_value(salesid, 2) OVER (ORDER "
        "BY salesid ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) "
        "FROM winsales WHERE sellerid = 2 ORDER BY 1",
        [("20001", "20001", "20002", "20002"), ("20002", "20001", "20002", "20002")],
    ),
    Documented(
        "SELECT salesid, cume_dist() OVER (ORDER BY salesid), "
        "percent_rank() OVER (ORDER BY salesid) FROM winsales WHERE sellerid = 2 ORDER BY 1",
        [("20001", "0.5", "0"), ("20002", "1", "1")],
    ),
    # QUALIFY.
    Documented(
        "SELECT sellerid, pricepaid FROM winsales "
        "QUALIFY row_number() OVER (PARTITION BY sellerid ORDER BY pricepaid DESC) = 1 ORDER BY 1",
        [("1", "350.00"), ("2", "394.00"), ("3", "728.00"), ("4", "788.00")],
    ),
]

QUERIES = [
    # A column may use an alias before it in the SELECT list.
    one("SELECT qty * 2 AS twice, twice + 1 AS more FROM winsales WHERE salesid = 10001",
        "20", "21"),
    one("SELECT TOP 1 salesid FROM winsales ORDER BY pricepaid DESC", "40005"),
    Documented(
        "SELECT sellerid, sum(qty) FROM winsales WHERE sellerid < 3 GROUP BY ROLLUP (sellerid) "
        "ORDER BY 1",
        [("1", "50"), ("2", "40"), (None, "90")],
    ),
    Documented(
        "SELECT sellerid, buyerid, count(*) FROM winsales WHERE sellerid = 1 "
        "GROUP BY GROUPING SETS ((sellerid), (buyerid), ()) ORDER BY 1, 2",
        [("1", None, "3"), (None, "a", "1"), (None, "c", "2"), (None, None, "3")],
    ),
    # UNION: the common type of DECIMALs has the greater scale.
    Documented("SELECT 1.5 UNION ALL SELECT 2.255 ORDER BY 1", [("1.500",), ("2.255",)]),
    Documented(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3) "
        "SELECT i FROM n ORDER BY i",
        [("1",), ("2",), ("3",)],
    ),
    Documented(
        'SELECT "SalesId" AS "Order No" FROM WinSales AS "W" WHERE "w".SELLERID = 2 ORDER BY 1',
        [("20001",), ("20002",)],
    ),
    # NULLs come last in ascending and first in descending order.
    Documented(
        "SELECT qty_shipped FROM winsales WHERE sellerid = 1 ORDER BY 1 DESC",
        [(None,), (None,), ("10",)],
    ),
    one("SELECT count(*) FROM winsales a JOIN winsales b USING (salesid)", "11"),
    one("SELECT (SELECT max(qty) FROM winsales), EXISTS (SELECT 1 FROM winsales WHERE qty > 40)",
        "40", "f"),
    one("SELECT count(*) FROM winsales a WHERE a.qty = "
        "(SELECT max(b.qty) FROM winsales b WHERE b.sellerid = a.sellerid)", "5"),
]  # fmt: skip

OTHERS = [
    one("SELECT json_extract_path_text('{\"f2\":{\"f3\":1},\"f4\":{\"f5\":99,\"f6\":\"star\"}}', "
        "'f4', 'f6'), json_extract_path_text('{\"a\":1}', 'b')", "star", ""),
    one("SELECT json_array_length('[11,12,13,{\"f1\":21,\"f2\":[25,26]},14]')", "5"),
    one("SELECT json_extract_array_element_text('[111,112,113]', 2)", "113"),
    one("SELECT is_valid_json('{\"a\":1}'), is_valid_json('{a}'), can_json_parse('[1]')",
        "t", "f", "t"),
    one("SELECT json_serialize(json_parse('[10001, 10002, \"abc\"]'))", '[10001,10002,"abc"]'),
    one("SELECT current_user, current_database(), current_schema()", "admin", "dev", "public"),
    one("SELECT version() LIKE 'PostgreSQL 8.0.2 on i686-pc-linux-gnu%Redshift 1.0%'", "t"),
    one("SELECT pg_backend_pid() > 0, pg_last_copy_count(), pg_last_unload_count()", "t", "0", "0"),
    one("SELECT has_table_privilege('winsales', 'select'), "
        "has_schema_privilege('public', 'usage'), has_database_privilege('dev', 'create')",
        "t", "t", "t"),
    one("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'winsales'", "admin"),
    one("SELECT sysdate > '2020-01-01'", "t"),
]  # fmt: skip

ALL = [
    *NUMBERS, *CONDITIONS, *TEXTS, *DATES, *AGGREGATES, *WINDOWS, *QUERIES, *OTHERS,
]  # fmt: skip


@pytest.mark.parametrize("example", ALL, ids=str)
@pytest.mark.usefixtures("sales")
def test_gives_what_the_guide_shows(example: Documented, client: Client) -> None:
    assert client.rows(example.sql) == example.rows


def test_every_function_has_a_documented_result() -> None:
    shown = " ".join(example.sql.lower() for example in ALL)
    called = set(re.findall(r"(\w+) ?\(", shown)) | {"sysdate", APPROXIMATE_COUNT}
    assert "approximate count" in shown
    assert known_functions() - called == set()
