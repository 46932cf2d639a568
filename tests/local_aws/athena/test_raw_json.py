"""Raw JSON objects through a table with partition projection, as the OpenX SerDe reads them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.conftest import LocalCloud
from tests.local_aws.athena.conftest import (
    BUCKET,
    DATABASE,
    RAW_DAYS,
    Outcome,
    Query,
    create_raw_table,
    put_raw,
)

Landed = Callable[..., str]
DAY = "2026-02-01"


@pytest.fixture(scope="module")
def land(local_cloud: LocalCloud, lake: None) -> Iterator[Landed]:  # noqa: ARG001
    """Create a raw table of its own over some lines and return its name."""
    s3, glue = local_cloud.client("s3"), local_cloud.client("glue")
    made: list[str] = []

    def create(lines: list[str], **properties: bool) -> str:
        name = f"raw_{len(made)}"
        made.append(name)
        create_raw_table(glue, name, **properties)
        put_raw(s3, name, DAY, "batch", lines)
        return name

    yield create
    for name in made:
        glue.delete_table(DatabaseName=DATABASE, Name=name)


def test_the_fields_come_without_regard_to_the_case_of_their_names(query: Query) -> None:
    found = query(
        "SELECT invoiceno, Description, quantity, customerid, request_position FROM raw "
        "WHERE ingest_date = date '2026-01-02' AND request_position = 7"
    )
    assert found.rows == [("2026-01-02-7", "£ 7", "7", None, "7")]


def test_only_the_days_that_the_condition_leaves_are_read(
    query: Query, local_cloud: LocalCloud
) -> None:
    s3 = local_cloud.client("s3")
    sizes = {
        day: s3.head_object(
            Bucket=BUCKET, Key=f"raw/raw/ingest_date={day}/ingest_hour=10/batch.gz"
        )["ContentLength"]
        for day in RAW_DAYS
    }
    one = query("SELECT count(*) FROM raw WHERE ingest_date = date '2026-01-02'")
    two = query("SELECT count(*) FROM raw WHERE ingest_date >= date '2026-01-02' AND quantity > ''")
    everything = query("SELECT ingest_date, count(*) FROM raw GROUP BY 1 ORDER BY 1")
    assert (one.rows, one.scanned) == ([("500",)], sizes["2026-01-02"])
    assert (two.rows, two.scanned) == ([("1000",)], sizes["2026-01-02"] + sizes["2026-01-03"])
    assert everything.rows == [(day, "500") for day in RAW_DAYS]
    assert everything.scanned == sum(sizes.values())


def test_a_day_on_the_optional_side_of_a_join_is_not_pruned_away(query: Query) -> None:
    found = query(
        "SELECT d.x, count(r.invoiceno) FROM (VALUES date '2026-01-02', "
        "date '1999-01-01') d(x) LEFT JOIN raw r ON r.ingest_date = d.x "
        "WHERE r.ingest_date IS NULL GROUP BY d.x"
    )
    assert found.rows == [("1999-01-01", "0")]


def test_the_path_of_a_row_s_object_can_be_asked_for(query: Query) -> None:
    found = query("SELECT DISTINCT \"$path\" FROM raw WHERE ingest_date = date '2026-01-03'")
    assert found.rows == [
        (f"s3://{BUCKET}/raw/raw/ingest_date=2026-01-03/ingest_hour=10/batch.gz",)
    ]


def test_values_that_are_no_texts_are_shown_as_json_writes_them(query: Query, land: Landed) -> None:
    table = land(
        [
            '{"InvoiceNo": 536365, "UnitPrice": 2.50, "Quantity": 1e2, "Extra": {"a": [1, "b"]}}',
            '{"InvoiceNo": null, "UnitPrice": true, "Quantity": "6", "Extra": ""}',
            '{"INVOICENO": "upper", "Quantity": 12345678901234567890123}',
            '  {"InvoiceNo": "spaced"}  ',
        ]
    )
    found = query(f"SELECT invoiceno, unitprice, quantity, extra FROM {table}")
    assert found.rows == [
        ("536365", "2.50", "1E+2", '{"a":[1,"b"]}'),
        (None, "true", "6", ""),
        ("upper", None, "12345678901234567890123", None),
        ("spaced", None, None, None),
    ]


def test_a_number_column_takes_whole_numbers(query: Query, land: Landed) -> None:
    table = land([json.dumps({"request_position": value}) for value in (7, "8", -9, None)])
    found = query(f"SELECT request_position FROM {table}")
    assert [row[0] for row in found.rows] == ["7", "8", "-9", None]


@pytest.mark.parametrize("value", [9.5, "x", "", 99_999_999_999, True, [1]])
def test_a_value_that_its_column_does_not_take_fails_the_query(
    query: Query, land: Landed, value: Any
) -> None:
    table = land([json.dumps({"request_position": value, "InvoiceNo": "1"})])
    found = query(f"SELECT request_position FROM {table}")
    assert found.reason.startswith("HIVE_BAD_DATA: Error parsing field value for field 6: ")
    assert query(f"SELECT invoiceno FROM {table}").rows == [("1",)]


def test_such_a_value_is_null_where_the_table_says_so(query: Query, land: Landed) -> None:
    table = land(['{"request_position": "x"}'], null_for_invalid=True)
    assert query(f"SELECT request_position FROM {table}").rows == [(None,)]


def test_malformed_lines_are_rows_of_nulls_where_the_table_ignores_them(
    query: Query, land: Landed
) -> None:
    twice = '{"InvoiceNo": "3", "Quantity": "1", "quantity": "2"}'
    table = land(['{"InvoiceNo": "1"}', '{"InvoiceNo": "2', "garbage", "", '["9"]', "17", twice])
    found = query(f"SELECT invoiceno FROM {table}")
    assert [row[0] for row in found.rows] == ["1", None, None, None, "9", None, None]


@pytest.mark.parametrize("line", ['{"InvoiceNo": "2', ' {"a": }', '{"a": 1, "A": 2}'])
def test_a_malformed_line_fails_the_query_where_the_table_does_not_ignore_it(
    query: Query, land: Landed, line: str
) -> None:
    table = land(['{"InvoiceNo": "1"}', line], ignore_malformed=False)
    sound = land([' {"InvoiceNo": "1"}', "17", ""], ignore_malformed=False)
    assert query(f"SELECT invoiceno FROM {sound}").rows == [("1",), (None,), (None,)]
    found = query(f"SELECT invoiceno FROM {table}")
    assert found.state == "FAILED"
    assert found.reason.startswith("HIVE_CURSOR_ERROR: Row is not a valid JSON Object")


@pytest.mark.parametrize("cut", [4, 40, 100_000])
def test_a_truncated_gzip_fails_the_query(
    query: Query, land: Landed, local_cloud: LocalCloud, cut: int
) -> None:
    table = land(['{"InvoiceNo": "1"}'])
    s3 = local_cloud.client("s3")
    whole = put_raw(
        s3, table, DAY, "broken", [json.dumps({"Quantity": f"{n * 7919}"}) for n in range(20_000)]
    )
    key = f"raw/{table}/ingest_date={DAY}/ingest_hour=10/broken.gz"
    s3.put_object(Bucket=BUCKET, Key=key, Body=whole[: max(len(whole) - cut, 20)])
    found = query(f"SELECT count(*) FROM {table}")
    assert found.state == "FAILED"
    assert found.reason.startswith("HIVE_CURSOR_ERROR: Unexpected end of input stream")
    assert query(f"SELECT count(*) FROM {table} WHERE ingest_date < date '{DAY}'").rows == [("0",)]


def test_a_gzip_of_several_members_is_read_whole(
    query: Query, land: Landed, local_cloud: LocalCloud
) -> None:
    table = land([])
    s3 = local_cloud.client("s3")
    member = put_raw(s3, table, DAY, "batch", ['{"InvoiceNo": "1"}'])
    key = f"raw/{table}/ingest_date={DAY}/ingest_hour=10/batch.gz"
    s3.put_object(Bucket=BUCKET, Key=key, Body=member + member)
    assert query(f"SELECT invoiceno FROM {table}").rows == [("1",), ("1",)]


def test_empty_and_hidden_objects_do_not_count(
    query: Query, land: Landed, local_cloud: LocalCloud
) -> None:
    table = land(['{"InvoiceNo": "1"}'])
    s3 = local_cloud.client("s3")
    folder = f"raw/{table}/ingest_date={DAY}/ingest_hour=10"
    s3.put_object(Bucket=BUCKET, Key=f"{folder}/empty.gz", Body=b"")
    s3.put_object(Bucket=BUCKET, Key=f"{folder}/_SUCCESS", Body=b"x")
    s3.put_object(Bucket=BUCKET, Key=f"{folder}/.hidden", Body=b"x")
    assert query(f"SELECT invoiceno FROM {table}").rows == [("1",)]


def test_a_common_table_over_raw_data_joins_with_the_lake(query: Query) -> None:
    found: Outcome = query(
        "WITH counted AS (SELECT ingest_date, count(*) AS n FROM raw "
        "WHERE ingest_date BETWEEN date '2026-01-01' AND date '2026-01-02' GROUP BY ingest_date) "
        "SELECT sum(counted.n), max(s.quantity) FROM counted CROSS JOIN "
        "(SELECT max(quantity) AS quantity FROM sales) s"
    )
    assert found.rows == [("1000", "99")]
