"""How single values are read and written: JSON fields, Java's numbers, result records, types."""

from __future__ import annotations

import pytest

from local_aws.athena.dialect import types
from local_aws.athena.executions import fail_left_over
from local_aws.athena.java_numbers import java_double, java_float
from local_aws.athena.tables.hive_types import hive_type, iceberg_type, to_hive
from local_aws.athena.tables.json_values import json_field, json_scalar


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1.0"),
        (0.1, "0.1"),
        (-0.0, "-0.0"),
        (100.0, "100.0"),
        (123456.789, "123456.789"),
        (9999999.0, "9999999.0"),
        (10000000.0, "1.0E7"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (-1.5e300, "-1.5E300"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
    ],
)
def test_a_double_is_written_as_java_writes_it(value: float, text: str) -> None:
    assert java_double(value) == text


def test_a_float_is_written_with_its_own_digits() -> None:
    assert java_float(0.10000000149011612) == "0.1"
    assert java_float(16777216.0) == "1.6777216E7"


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('{"a": "x"}', "x"),
        ('{"A": "x"}', "x"),
        ('{"a": 1, "A": 2}', None),
        ('{"a": 1.50}', "1.50"),
        ('{"a": 1E5}', "1E+5"),
        ('{"a": false}', "false"),
        ('{"a": {"b": [1, "é", null]}}', '{"b":[1,"é",null]}'),
        ('{"a": null}', None),
        ('{"b": 1}', None),
        ('{"a": "x"} and more', "x"),
        ('["first"]', "first"),
        ("[]", None),
        ('{"a": ', None),
        ("17", None),
        ("", None),
        (None, None),
    ],
)
def test_a_field_of_a_line_is_shown_as_the_serde_shows_it(
    line: str | None, value: str | None
) -> None:
    assert json_field(line, "a", 0) == value


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ('{"a": {"b": [10, "x"]}}', "$.a.b[1]", "x"),
        ('{"a": 12.30}', "$.a", "12.30"),
        ('{"a b": "c"}', '$["a b"]', "c"),
        ('"text"', "$", "text"),
        ('{"a": {}}', "$.a", None),
        ('{"a": 1}', "$.b", None),
        ("[1]", "$[4]", None),
        ("oops", "$", None),
        (None, "$", None),
    ],
)
def test_a_scalar_is_found_by_its_path(text: str | None, path: str, value: str | None) -> None:
    assert json_scalar(text, path) == value


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("string", "varchar"),
        ("decimal(12,4)", "decimal(12, 4)"),
        ("timestamp", "timestamp(3)"),
        ("array<string>", "array(varchar)"),
        ("map<string,decimal(3,1)>", "map(varchar, decimal(3, 1))"),
        ("varchar(20)", "varchar(20)"),
        ("binary", "varbinary"),
    ],
)
def test_a_type_of_the_catalog_is_read(text: str, kind: str) -> None:
    assert str(hive_type(text)) == kind


@pytest.mark.parametrize("text", ["struct<a:int>", "char(3)", "array<struct<a:int>>", "interval"])
def test_a_type_that_cannot_be_read_is_known_as_such(text: str) -> None:
    assert hive_type(text).base == "unreadable"


def test_iceberg_s_types_are_read() -> None:
    assert str(iceberg_type("decimal(18, 4)")) == "decimal(18, 4)"
    assert str(iceberg_type("timestamp")) == "timestamp(6)"
    assert str(iceberg_type("timestamptz")) == "timestamp(6) with time zone"
    assert str(iceberg_type({"type": "list", "element": "long"})) == "array(bigint)"
    assert iceberg_type({"type": "struct", "fields": []}).base == "unreadable"
    assert iceberg_type("uuid").base == "unreadable"


def test_hive_has_no_type_for_microseconds() -> None:
    assert to_hive(types.timestamp(3)) == "timestamp"
    assert to_hive(types.timestamp(6)) is None
    assert to_hive(types.array(types.decimal(3, 1))) == "array<decimal(3,1)>"


def test_a_query_that_was_under_way_when_the_cloud_ended_has_failed() -> None:
    running = {"Status": {"State": "RUNNING"}}
    done = {"Status": {"State": "SUCCEEDED"}}
    for record in (running, done):
        fail_left_over(record)
    assert running["Status"]["State"] == "FAILED"
    assert done["Status"] == {"State": "SUCCEEDED"}
