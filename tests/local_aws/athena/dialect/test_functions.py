"""String, time, JSON and collection functions, against documented results of Trino."""

from __future__ import annotations

import pytest

from tests.local_aws.athena.dialect.conftest import Ask

N = None
Case = tuple[str, str | None, str]

# functions/string.md
STRINGS: list[Case] = [
    ("'a' || 'b'", "ab", "varchar"),
    ("'a' || NULL", N, "varchar"),
    ("concat('a', NULL)", N, "varchar"),
    ("concat('a', 'b', 'c')", "abc", "varchar"),
    ("concat_ws(',', 'a', NULL, 'b')", "a,b", "varchar"),
    ("concat_ws(NULL, 'a', 'b')", N, "varchar"),
    ("length('añ👍')", "3", "bigint"),
    ("upper('straße')", "STRAßE", "varchar(6)"),
    ("lower('ÀB')", "àb", "varchar(2)"),
    ("reverse('añ👍')", "👍ña", "varchar(3)"),
    ("substr('hello', 2)", "ello", "varchar(5)"),
    ("substr('hello', 2, 3)", "ell", "varchar(5)"),
    ("substring('hello', -3, 2)", "ll", "varchar(5)"),
    ("substr('hello', 0)", "", "varchar(5)"),
    ("substr('hello', -6)", "", "varchar(5)"),
    ("substr('hello', 9)", "", "varchar(5)"),
    ("substr('hello', 2, -1)", "", "varchar(5)"),
    ("trim('  a b\t\n')", "a b", "varchar(7)"),
    ("ltrim('  a ')", "a ", "varchar(4)"),
    ("rtrim('  a ')", "  a", "varchar(4)"),
    ("trim('!' FROM '!foo!')", "foo", "varchar(5)"),
    ("trim(LEADING FROM '  abcd')", "abcd", "varchar(6)"),
    ("trim(BOTH '$' FROM '$var$')", "var", "varchar(5)"),
    ("trim(TRAILING 'ER' FROM upper('worker'))", "WORK", "varchar(6)"),
    ("replace('banana', 'an')", "ba", "varchar"),
    ("replace('banana', 'an', 'x')", "bxxa", "varchar"),
    ("strpos('high', 'ig')", "2", "bigint"),
    ("strpos('high', 'x')", "0", "bigint"),
    ("strpos('ñb', 'b')", "2", "bigint"),
    ("position('ig' IN 'high')", "2", "bigint"),
    ("split('a.b.c', '.')", "[a, b, c]", "array(varchar)"),
    ("split_part('a.b', '.', 2)", "b", "varchar"),
    ("split_part('a.b', '.', 3)", N, "varchar"),
    ("lpad('7', 3, '0')", "007", "varchar"),
    ("rpad('hello', 3, 'x')", "hel", "varchar"),
    ("starts_with('hello', 'he')", "true", "boolean"),
    ("chr(65)", "A", "varchar(1)"),
    ("codepoint('A')", "65", "integer"),
    ("to_hex(md5(to_utf8('a')))", "0CC175B9C0F1B6A831C399E269772661", "varchar"),
    ("to_utf8('abc')", "61 62 63", "varbinary"),
    ("from_utf8(to_utf8('ñ'))", "ñ", "varchar"),
    ("to_base64(to_utf8('abc'))", "YWJj", "varchar"),
    ("x'4142'", "41 42", "varbinary"),
]

# functions/regexp.md
REGULAR_EXPRESSIONS: list[Case] = [
    ("regexp_like('1a 2b 14m', '\\d+b')", "true", "boolean"),
    ("regexp_like('abc\n', 'c$')", "true", "boolean"),
    ("regexp_like('C536379', '^C[0-9]{6}$')", "true", "boolean"),
    ("regexp_like('ABC', '(?i)b')", "true", "boolean"),
    ("regexp_extract('1a 2b 14m', '\\d+')", "1", "varchar"),
    ("regexp_extract('1a 2b 14m', '(\\d+)([a-z]+)', 2)", "a", "varchar"),
    ("regexp_extract('abc', '\\d+')", N, "varchar"),
    ("regexp_extract_all('1a 2b 14m', '\\d+')", "[1, 2, 14]", "array(varchar)"),
    ("regexp_extract_all('1a 2b 14m', '(\\d+)([a-z]+)', 2)", "[a, b, m]", "array(varchar)"),
    ("regexp_replace('1a 2b 14m', '\\d+[ab] ')", "14m", "varchar"),
    ("regexp_replace('1a 2b 14m', '(\\d+)([ab]) ', '3c$2 ')", "3ca 3cb 14m", "varchar"),
    ("regexp_count('1a 2b 14m', '[a-z]+ ?')", "3", "bigint"),
]

# functions/datetime.md
TIMES: list[Case] = [
    ("date '2012-08-08' + interval '2' day", "2012-08-10", "date"),
    ("date '2012-08-08' - interval '2' day", "2012-08-06", "date"),
    ("interval '2' day + date '2012-08-08'", "2012-08-10", "date"),
    ("date '2020-01-31' + interval '1' month", "2020-02-29", "date"),
    (
        "timestamp '2012-08-08 01:00' + interval '29' hour",
        "2012-08-09 06:00:00.000",
        "timestamp(3)",
    ),
    (
        "timestamp '2012-10-31 01:00:00.000' + interval '1' month",
        "2012-11-30 01:00:00.000",
        "timestamp(3)",
    ),
    (
        "timestamp '2012-10-31 01:00:00.000' - interval '1' month",
        "2012-09-30 01:00:00.000",
        "timestamp(3)",
    ),
    (
        "timestamp '2012-10-31 01:00 UTC' AT TIME ZONE 'America/Los_Angeles'",
        "2012-10-30 18:00:00 America/Los_Angeles",
        "timestamp(0) with time zone",
    ),
    (
        "cast(timestamp '2012-10-31 01:00 UTC' AT TIME ZONE 'America/Los_Angeles' as date)",
        "2012-10-30",
        "date",
    ),
    ("current_timestamp", "2026-11-22 12:34:56.789 UTC", "timestamp(3) with time zone"),
    ("now() = current_timestamp", "true", "boolean"),
    ("current_date", "2026-11-22", "date"),
    ("localtimestamp", "2026-11-22 12:34:56.789", "timestamp(3)"),
    ("date(timestamp '2011-03-01 08:26:00')", "2011-03-01", "date"),
    ("last_day_of_month(date '2012-02-03')", "2012-02-29", "date"),
    *[
        (f"date_trunc('{unit}', timestamp '2001-08-22 03:04:05.321')", value, "timestamp(3)")
        for unit, value in (
            ("millisecond", "2001-08-22 03:04:05.321"),
            ("second", "2001-08-22 03:04:05.000"),
            ("minute", "2001-08-22 03:04:00.000"),
            ("hour", "2001-08-22 03:00:00.000"),
            ("day", "2001-08-22 00:00:00.000"),
            ("week", "2001-08-20 00:00:00.000"),
            ("month", "2001-08-01 00:00:00.000"),
            ("quarter", "2001-07-01 00:00:00.000"),
            ("year", "2001-01-01 00:00:00.000"),
        )
    ],
    ("date_trunc('month', date '2011-03-17')", "2011-03-01", "date"),
    (
        "date_add('second', 86, timestamp '2020-03-01 00:00:00.000')",
        "2020-03-01 00:01:26.000",
        "timestamp(3)",
    ),
    (
        "date_add('hour', 9, timestamp '2020-03-01 00:00:00.000')",
        "2020-03-01 09:00:00.000",
        "timestamp(3)",
    ),
    (
        "date_add('day', -1, timestamp '2020-03-01 00:00:00.000 UTC')",
        "2020-02-29 00:00:00.000 UTC",
        "timestamp(3) with time zone",
    ),
    ("date_add('month', 1, date '2020-01-31')", "2020-02-29", "date"),
    (
        "date_diff('second', timestamp '2020-03-01 00:00:00', timestamp '2020-03-02 00:00:00')",
        "86400",
        "bigint",
    ),
    (
        "date_diff('hour', timestamp '2020-03-01 00:00 UTC', timestamp '2020-03-02 00:00 UTC')",
        "24",
        "bigint",
    ),
    ("date_diff('day', date '2020-03-01', date '2020-03-02')", "1", "bigint"),
    (
        "date_diff('day', timestamp '2020-01-01 12:00:00', timestamp '2020-01-02 11:00:00')",
        "0",
        "bigint",
    ),
    ("date_diff('month', date '2020-01-15', date '2020-02-14')", "0", "bigint"),
    ("date_diff('month', date '2020-02-15', date '2020-01-15')", "-1", "bigint"),
    ("date_diff('year', date '2019-06-01', date '2020-05-31')", "0", "bigint"),
    (
        "date_diff('millisecond', timestamp '2020-06-01 12:30:45', "
        "timestamp '2020-06-02 12:30:45.123')",
        "86400123",
        "bigint",
    ),
    ("year(date '2011-03-04')", "2011", "bigint"),
    ("extract(month FROM timestamp '2011-03-04 05:06:07')", "3", "bigint"),
    ("hour(timestamp '2011-03-04 05:06:07')", "5", "bigint"),
    ("second(timestamp '2011-03-04 05:06:07.999')", "7", "bigint"),
    ("millisecond(timestamp '2011-03-04 05:06:07.999')", "999", "bigint"),
    ("day_of_week(date '2021-01-03')", "7", "bigint"),
    ("week(date '2021-01-03')", "53", "bigint"),
    ("year_of_week(date '2021-01-03')", "2020", "bigint"),
    ("day_of_year(date '2011-12-31')", "365", "bigint"),
    ("quarter(date '2011-12-31')", "4", "bigint"),
    ("from_unixtime(1299659160.5)", "2011-03-09 08:26:00.500 UTC", "timestamp(3) with time zone"),
    ("to_unixtime(timestamp '2011-03-09 08:26:00.5')", "1.2996591605E9", "double"),
    (
        "from_iso8601_timestamp('2020-05-11T11:15:05')",
        "2020-05-11 11:15:05.000 UTC",
        "timestamp(3) with time zone",
    ),
    (
        "from_iso8601_timestamp('2020-05-11T11:15:05.055Z')",
        "2020-05-11 11:15:05.055 UTC",
        "timestamp(3) with time zone",
    ),
    ("from_iso8601_date('2020-05-11')", "2020-05-11", "date"),
    ("to_iso8601(date '2020-05-11')", "2020-05-11", "varchar"),
    ("to_iso8601(timestamp '2020-05-11 11:15:05.055')", "2020-05-11T11:15:05.055", "varchar"),
    ("to_iso8601(timestamp '2020-05-11 11:15:05.055 UTC')", "2020-05-11T11:15:05.055Z", "varchar"),
    (
        "date_format(timestamp '2010-12-01 08:26:05.123456', '%Y-%m-%d %H:%i:%s.%f')",
        "2010-12-01 08:26:05.123000",
        "varchar",
    ),
    (
        "date_format(timestamp '2010-12-01 18:06:05', '%c/%e/%y %l:%i %p')",
        "12/1/10 6:06 PM",
        "varchar",
    ),
    (
        "date_format(date '2010-12-01', '%W %M %a %b %j %T %%')",
        "Wednesday December Wed Dec 335 00:00:00 %",
        "varchar",
    ),
    ("date_parse('12/1/2010 8:26', '%m/%d/%Y %H:%i')", "2010-12-01 08:26:00.000", "timestamp(3)"),
    ("date_parse('2010-12-01', '%Y-%m-%d')", "2010-12-01 00:00:00.000", "timestamp(3)"),
    ("try(date_parse('x', '%Y'))", N, "timestamp(3)"),
    (
        "format_datetime(timestamp '2010-12-01 08:26:05.123', 'yyyy-MM-dd''T''HH:mm:ss.SSS')",
        "2010-12-01T08:26:05.123",
        "varchar",
    ),
    (
        "format_datetime(timestamp '2010-12-01 18:26:05', 'EEE d MMM yy h:mm a')",
        "Wed 1 Dec 10 6:26 PM",
        "varchar",
    ),
]

# functions/json.md
JSON: list[Case] = [
    ('json_extract_scalar(\'{"a":{"b":[1,"x"]}}\', \'$.a.b[1]\')', "x", "varchar"),
    ("json_extract_scalar('{\"a\":1.50}', '$.a')", "1.50", "varchar"),
    ("json_extract_scalar('{\"a\":true}', '$.a')", "true", "varchar"),
    ("json_extract_scalar('{\"a\":[1]}', '$.a')", N, "varchar"),
    ("json_extract_scalar('{\"a\":null}', '$.a')", N, "varchar"),
    ("json_extract_scalar('not json', '$.a')", N, "varchar"),
    ('json_extract_scalar(\'{"Coupon Code":"X1"}\', \'$["Coupon Code"]\')', "X1", "varchar"),
]

# functions/array.md, functions/map.md
COLLECTIONS: list[Case] = [
    ("ARRAY[1, NULL, 3]", "[1, null, 3]", "array(integer)"),
    ("cardinality(ARRAY[1, 2])", "2", "bigint"),
    ("ARRAY[10, 20][2]", "20", "integer"),
    ("element_at(ARRAY[10, 20], 3)", N, "integer"),
    ("element_at(ARRAY[10, 20], -1)", "20", "integer"),
    ("contains(ARRAY[1, 2], 2)", "true", "boolean"),
    ("contains(ARRAY[1, NULL], 2)", N, "boolean"),
    ("ARRAY[1] || ARRAY[2]", "[1, 2]", "array(integer)"),
    ("array_join(ARRAY['a', NULL, 'b'], ',')", "a,b", "varchar"),
    ("array_sort(ARRAY[3, NULL, 1])", "[1, 3, null]", "array(integer)"),
    ("array_max(ARRAY[1, 3])", "3", "integer"),
    ("array_max(ARRAY[1, NULL])", N, "integer"),
    ("sequence(1, 3)", "[1, 2, 3]", "array(bigint)"),
    ("sequence(3, 1)", "[3, 2, 1]", "array(bigint)"),
    ("map(ARRAY['a'], ARRAY[1])", "{a=1}", "map(varchar(1), integer)"),
    ("map(ARRAY['a'], ARRAY[1])['a']", "1", "integer"),
    ("element_at(map(ARRAY['a'], ARRAY[1]), 'b')", N, "integer"),
    ("map_keys(map(ARRAY['a'], ARRAY[1]))", "[a]", "array(varchar(1))"),
    ("cast(ROW(1, 'x') as ROW(a integer, b varchar))", "{a=1, b=x}", "row(a integer, b varchar)"),
    ("cast(ROW(1, 'x') as ROW(a integer, b varchar)).b", "x", "varchar"),
]


@pytest.mark.parametrize(
    ("expression", "value", "kind"),
    STRINGS + REGULAR_EXPRESSIONS + TIMES + JSON + COLLECTIONS,
)
def test_a_function_has_the_documented_value_and_type(
    ask: Ask, expression: str, value: str | None, kind: str
) -> None:
    answer = ask(f"SELECT {expression}")
    assert answer.rows == [(value,)]
    assert answer.types == [kind]
