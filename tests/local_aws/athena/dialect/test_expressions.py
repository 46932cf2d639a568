"""Values and types of expressions, against results that Trino's and Athena's documents give.

Sources: Trino's documentation (functions/*.md, language/types.md) and Athena engine version 3's
guide, which refers to it. Expected values are texts as result files show them; N is NULL.
"""

from __future__ import annotations

import pytest

from tests.local_aws.athena.dialect.conftest import Ask

N = None
Case = tuple[str, str | None, str]

ARITHMETIC: list[Case] = [
    ("7 / 2", "3", "integer"),
    ("-7 / 2", "-3", "integer"),
    ("7 % -2", "1", "integer"),
    ("-7 % 2", "-1", "integer"),
    ("2147483647 + bigint '1'", "2147483648", "bigint"),
    ("5 * 3000000000", "15000000000", "bigint"),
    ("1 + NULL", N, "integer"),
    ("7 / 2e0", "3.5", "double"),
    ("1e0 / 0", "Infinity", "double"),
    ("0e0 / 0", "NaN", "double"),
    ("5.5e0 % 0e0", "NaN", "double"),
    ("- (3)", "-3", "integer"),
    ("+4", "4", "integer"),
    ("1e7", "1.0E7", "double"),
    ("123456.75e0", "123456.75", "double"),
    ("1e-4", "1.0E-4", "double"),
]

# functions/decimal.md: result precision and scale of each operator; division rounds half up.
DECIMALS: list[Case] = [
    ("1.5", "1.5", "decimal(2, 1)"),
    ("0.1", "0.1", "decimal(1, 1)"),
    ("DECIMAL '12345'", "12345", "decimal(5, 0)"),
    ("1.10 + 2.2", "3.30", "decimal(4, 2)"),
    ("1.1 - 2.25", "-1.15", "decimal(4, 2)"),
    ("1.1 * 2.25", "2.475", "decimal(5, 3)"),
    ("1 * 2.25", "2.25", "decimal(13, 2)"),
    ("10.00 / 3", "3.33", "decimal(4, 2)"),
    ("20.00 / 3", "6.67", "decimal(4, 2)"),
    ("-20.00 / 3", "-6.67", "decimal(4, 2)"),
    ("1.5 / 2", "0.8", "decimal(2, 1)"),
    ("1 / 3.000", "0.333", "decimal(16, 3)"),
    ("7.5 % 2", "1.5", "decimal(2, 1)"),
    ("-7.5 % 2", "-1.5", "decimal(2, 1)"),
    ("1.5 + 1e0", "2.5", "double"),
    ("cast(2.55 as decimal(12,4)) * 3", "7.6500", "decimal(22, 4)"),
    ("cast(9747747.9340 as decimal(38,4)) / cast(541909 as bigint)", "17.9878", "decimal(38, 4)"),
    ("12345678901234567890.12 + 0.01", "12345678901234567890.13", "decimal(23, 2)"),
]

CASTS: list[Case] = [
    ("cast(2.5 as integer)", "3", "integer"),
    ("cast(-2.5 as integer)", "-3", "integer"),
    ("cast(2.5e0 as integer)", "3", "integer"),
    ("cast(3.5e0 as bigint)", "4", "bigint"),
    ("cast(2.49e0 as smallint)", "2", "smallint"),
    ("cast(1.255 as decimal(3,2))", "1.26", "decimal(3, 2)"),
    ("cast(-1.255 as decimal(3,2))", "-1.26", "decimal(3, 2)"),
    ("cast(1.005e0 as decimal(10,2))", "1.01", "decimal(10, 2)"),
    ("cast('1.255' as decimal(3,2))", "1.26", "decimal(3, 2)"),
    ("cast('1e2' as decimal(5,1))", "100.0", "decimal(5, 1)"),
    ("cast('12' as bigint)", "12", "bigint"),
    ("cast('+12' as integer)", "12", "integer"),
    ("cast('1.5' as double)", "1.5", "double"),
    ("cast('NaN' as double)", "NaN", "double"),
    ("cast('t' as boolean)", "true", "boolean"),
    ("cast('FALSE' as boolean)", "false", "boolean"),
    ("cast(0 as boolean)", "false", "boolean"),
    ("cast(true as integer)", "1", "integer"),
    ("cast(12 as varchar)", "12", "varchar"),
    ("cast(0.50 as varchar)", "0.50", "varchar"),
    ("cast(true as varchar)", "true", "varchar"),
    ("cast('abcdef' as varchar(3))", "abc", "varchar(3)"),
    ("cast(date '2011-03-01' as varchar)", "2011-03-01", "varchar"),
    ("cast(timestamp '2011-03-01 08:26:00.123' as varchar)", "2011-03-01 08:26:00.123", "varchar"),
    ("cast('2011-03-01' as date)", "2011-03-01", "date"),
    ("cast('2011-03-01 08:26:00' as timestamp)", "2011-03-01 08:26:00.000", "timestamp(3)"),
    ("cast('2011-03-01' as timestamp(0))", "2011-03-01 00:00:00", "timestamp(0)"),
    ("cast('2011-03-01 23:59:59.999999' as timestamp)", "2011-03-02 00:00:00.000", "timestamp(3)"),
    ("cast(timestamp '2011-03-01 23:59:59.999' as date)", "2011-03-01", "date"),
    ("cast(timestamp '1969-12-31 23:59:59.999' as date)", "1969-12-31", "date"),
    (
        "cast(timestamp '9000-01-01 00:00:00.123456' as timestamp)",
        "9000-01-01 00:00:00.123",
        "timestamp(3)",
    ),
    ("cast(date '2011-03-01' as timestamp)", "2011-03-01 00:00:00.000", "timestamp(3)"),
    (
        "cast(timestamp '2011-03-01 01:02:03.4567' as timestamp(3))",
        "2011-03-01 01:02:03.457",
        "timestamp(3)",
    ),
    ("cast(NULL as date)", N, "date"),
    ("try_cast('x' as integer)", N, "integer"),
    ("try_cast('99999999999' as integer)", N, "integer"),
    ("try_cast('2011-02-30' as date)", N, "date"),
    ("try_cast(3000000000 as integer)", N, "integer"),
    ("try_cast('2.5' as integer)", N, "integer"),
    ("try(1 / 0)", N, "integer"),
    ("try(cast('a' as bigint) + 1)", N, "bigint"),
    ("try(bigint '9223372036854775807' + 1)", N, "bigint"),
    ("try(7 / 2)", "3", "integer"),
]

COMPARISONS: list[Case] = [
    ("'a' < 'B'", "false", "boolean"),
    ("'a' = 'a '", "false", "boolean"),
    ("1 = 1.0", "true", "boolean"),
    ("NULL = NULL", N, "boolean"),
    ("NULL IS NULL", "true", "boolean"),
    ("NULL IS DISTINCT FROM 1", "true", "boolean"),
    ("NULL IS NOT DISTINCT FROM NULL", "true", "boolean"),
    ("1 IN (1, NULL)", "true", "boolean"),
    ("2 IN (1, NULL)", N, "boolean"),
    ("2 NOT IN (1, 3)", "true", "boolean"),
    ("3 BETWEEN 1 AND 3", "true", "boolean"),
    ("3 NOT BETWEEN 1 AND 2.5", "true", "boolean"),
    ("nan() = nan()", "false", "boolean"),
    ("nan() <> nan()", "true", "boolean"),
    ("date '2011-03-01' < timestamp '2011-03-01 00:00:01'", "true", "boolean"),
    ("'abc' LIKE 'a_c'", "true", "boolean"),
    ("'a%c' LIKE 'a#%c' ESCAPE '#'", "true", "boolean"),
    ("'abc' LIKE 'a#%c' ESCAPE '#'", "false", "boolean"),
    ("'abc' NOT LIKE 'b%'", "true", "boolean"),
    ("NULL AND false", "false", "boolean"),
    ("NULL OR true", "true", "boolean"),
    ("NOT true = false", "true", "boolean"),
    ("(1, 'a') = (1, 'a')", "true", "boolean"),
    ("(1, NULL) = (1, 2)", N, "boolean"),
    ("(1, 2) IN ((3, 4), (1, 2))", "true", "boolean"),
    ("2 > ALL (VALUES 0, 1)", "true", "boolean"),
    ("2 = ANY (VALUES 0, 1)", "false", "boolean"),
]

CONDITIONALS: list[Case] = [
    ("CASE WHEN false THEN 'a' END", N, "varchar(1)"),
    ("CASE 2 WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END", "two", "varchar(4)"),
    ("CASE WHEN true THEN 1 ELSE 2.5 END", "1.0", "decimal(11, 1)"),
    ("coalesce(NULL, NULL, 3)", "3", "integer"),
    ("nullif(1, 1)", N, "integer"),
    ("nullif(1, 2)", "1", "integer"),
    ("if(1 > 2, 'a')", N, "varchar(1)"),
    ("if(1 < 2, 1, 2e0)", "1.0", "double"),
    ("greatest(1, 3, 2)", "3", "integer"),
    ("greatest(1, NULL)", N, "integer"),
    ("least('b', 'a')", "a", "varchar(1)"),
]

NUMBERS: list[Case] = [
    ("abs(-2.5)", "2.5", "decimal(2, 1)"),
    ("round(2.5)", "3", "decimal(2, 0)"),
    ("round(-2.5e0)", "-3.0", "double"),
    ("round(2.345, 2)", "2.350", "decimal(5, 3)"),
    ("round(123.456e0, 1)", "123.5", "double"),
    ("ceil(2.1)", "3", "decimal(2, 0)"),
    ("ceiling(-2.9e0)", "-2.0", "double"),
    ("floor(-2.1)", "-3", "decimal(2, 0)"),
    ("truncate(-2.9)", "-2", "decimal(1, 0)"),
    ("mod(-7, 3)", "-1", "integer"),
    ("sign(-2.5)", "-1", "decimal(1, 0)"),
    ("power(2, 10)", "1024.0", "double"),
    ("sqrt(16)", "4.0", "double"),
    ("sqrt(-1)", "NaN", "double"),
    ("ln(0)", "-Infinity", "double"),
    ("log10(100)", "2.0", "double"),
    ("log(2, 8)", "3.0", "double"),
    ("is_nan(nan())", "true", "boolean"),
    ("typeof(1.5 * 2)", "decimal(12, 1)", "varchar"),
]


@pytest.mark.parametrize(
    ("expression", "value", "kind"),
    ARITHMETIC + DECIMALS + CASTS + COMPARISONS + CONDITIONALS + NUMBERS,
)
def test_an_expression_has_the_documented_value_and_type(
    ask: Ask, expression: str, value: str | None, kind: str
) -> None:
    answer = ask(f"SELECT {expression}")
    assert answer.rows == [(value,)]
    assert answer.types == [kind]
