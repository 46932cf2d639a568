"""Iceberg tables: what a query reads of them, and how they were at another time."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from tests.conftest import LocalCloud
from tests.local_aws.athena.conftest import (
    DATABASE,
    SALES,
    Query,
    iceberg_catalog,
    sales,
)

MARCH = "invoice_ts >= timestamp '2011-03-01 00:00:00' AND invoice_ts < timestamp '2011-04-01'"


@pytest.fixture(scope="module")
def snapshots(local_cloud: LocalCloud, lake: None) -> list[Any]:  # noqa: ARG001
    return list(iceberg_catalog(local_cloud).load_table(f"{DATABASE}.sales").snapshots())


def test_every_type_comes_as_athena_writes_it(query: Query) -> None:
    found = query("SELECT * FROM sales WHERE event_id = 'first#10'")
    row = sales("first").slice(10, 1).to_pylist()[0]
    assert found.rows == [
        (
            "first#10",
            str(row["quantity"]),
            f"{row['invoice_ts']:%Y-%m-%d %H:%M:%S}.000000",
            f"{row['unit_price']:.4f}",
            None,
            str(row["day"]),
            str(row["customer_id"]),
            "true",
            f"{row['invoice_ts']:%Y-%m-%d %H:%M:%S}.000000 UTC",
        )
    ]


def test_sums_are_exact(query: Query) -> None:
    both = pa.concat_tables([sales("first"), sales("second")])
    found = query("SELECT count(*), sum(unit_price), sum(quantity * unit_price) FROM sales")
    amounts = pc.multiply(pc.cast(both["quantity"], pa.decimal128(10, 0)), both["unit_price"])
    assert found.rows == [(str(2 * SALES), str(pc.sum(both["unit_price"])), str(pc.sum(amounts)))]


def test_a_month_and_a_column_read_less_than_the_whole(query: Query) -> None:
    whole = query("SELECT * FROM sales").scanned
    month = query(f"SELECT * FROM sales WHERE {MARCH}").scanned
    column = query("SELECT sum(quantity) FROM sales").scanned
    both = query(f"SELECT sum(quantity) FROM sales WHERE {MARCH}").scanned
    assert 0 < both < month < whole / 3
    assert both < column < whole / 2


def test_the_same_query_again_reads_the_same_bytes(query: Query) -> None:
    sql = "SELECT avg(unit_price), min(day) FROM sales"
    assert query(sql).scanned == query(sql).scanned > 0


def test_only_the_month_s_files_are_read(query: Query) -> None:
    found = query(f'SELECT DISTINCT "$path" FROM sales WHERE {MARCH}')
    assert len(found.rows) == 2
    assert all("invoice_ts_month=2011-03" in str(path) for (path,) in found.rows)


def test_a_query_sees_the_table_as_it_was_at_a_time(query: Query, snapshots: list[Any]) -> None:
    first, second = (datetime.fromtimestamp(item.timestamp_ms / 1000, tz=UTC) for item in snapshots)
    at_first = f"{first:%Y-%m-%d %H:%M:%S}.{first.microsecond // 1000:03d}"
    at_second = f"{second:%Y-%m-%d %H:%M:%S}.{second.microsecond // 1000:03d}"
    sql = "SELECT count(*) FROM sales FOR TIMESTAMP AS OF TIMESTAMP '{}'"
    assert query(sql.format(at_first)).rows == [(str(SALES),)]
    assert query(sql.format(f"{at_second} UTC")).rows == [(str(2 * SALES),)]
    assert query(
        "SELECT count(*) FROM sales FOR TIMESTAMP AS OF current_timestamp + interval '1' hour"
    ).rows == [(str(2 * SALES),)]


def test_a_query_sees_the_table_at_a_snapshot(query: Query, snapshots: list[Any]) -> None:
    found = query(
        f"SELECT count(*), min(event_id) FROM {DATABASE}.sales "
        f"FOR VERSION AS OF {snapshots[0].snapshot_id} AS s"
    )
    assert found.rows == [(str(SALES), "first#0")]


@pytest.mark.parametrize(
    ("clause", "reason"),
    [
        (
            "FOR TIMESTAMP AS OF TIMESTAMP '2011-01-01 00:00:00'",
            'INVALID_ARGUMENTS: line 1:22: No version history table "athena_tests"."sales" at or '
            "before 2011-01-01T00:00:00Z",
        ),
        (
            "FOR VERSION AS OF 17",
            "INVALID_ARGUMENTS: line 1:22: Iceberg snapshot ID does not exists: 17",
        ),
    ],
)
def test_a_time_without_a_snapshot_is_an_error(query: Query, clause: str, reason: str) -> None:
    found = query(f"SELECT count(*) FROM sales {clause}")
    assert (found.state, found.reason) == ("FAILED", reason)


def test_the_metadata_tables_tell_the_snapshots_and_files(
    query: Query, snapshots: list[Any]
) -> None:
    first, second = (str(item.snapshot_id) for item in snapshots)
    listed = query(
        "SELECT snapshot_id, parent_id, operation, summary['added-records'] "
        'FROM "sales$snapshots" ORDER BY committed_at'
    )
    history = query('SELECT snapshot_id, is_current_ancestor FROM "sales$history" ORDER BY 1')
    files = query(f'SELECT count(*), sum(record_count) FROM {DATABASE}."sales$files"')
    assert listed.rows == [
        (first, None, "append", str(SALES)),
        (second, first, "append", str(SALES)),
    ]
    assert sorted(history.rows) == sorted([(first, "true"), (second, "true")])
    assert files.rows == [("12", str(2 * SALES))]
    assert listed.scanned == history.scanned == files.scanned == 0


def test_a_renamed_and_an_added_column_are_read_by_their_names_of_now(
    query: Query,
    local_cloud: LocalCloud,
    lake: None,  # noqa: ARG001
) -> None:
    catalog = iceberg_catalog(local_cloud)
    table = catalog.create_table(f"{DATABASE}.evolved", pa.schema([("a", pa.int32())]))
    table.append(pa.table({"a": pa.array([1], pa.int32())}))
    with table.update_schema() as change:
        change.rename_column("a", "b")
        change.add_column("c", catalog.load_table(f"{DATABASE}.sales").schema().find_type("day"))
    first = table.snapshots()[0].snapshot_id
    assert query("SELECT * FROM evolved").rows == [("1", None)]
    table.append(pa.table({"b": pa.array([2], pa.int32()), "c": pa.array([None], pa.date32())}))
    assert query("SELECT b FROM evolved ORDER BY b").rows == [("1",), ("2",)]
    assert query(f"SELECT a FROM evolved FOR VERSION AS OF {first}").rows == [("1",)]


def test_a_table_without_a_snapshot_is_empty(query: Query, local_cloud: LocalCloud) -> None:
    iceberg_catalog(local_cloud).create_table(
        f"{DATABASE}.nothing", pa.schema([("a", pa.int32()), ("t", pa.timestamp("us", "UTC"))])
    )
    assert query("SELECT count(*), max(a), max(t) FROM nothing").rows == [("0", None, None)]


def test_rows_that_were_deleted_are_gone(query: Query, local_cloud: LocalCloud) -> None:
    table = iceberg_catalog(local_cloud).create_table(
        f"{DATABASE}.erased", pa.schema([("a", pa.int32())])
    )
    table.append(pa.table({"a": pa.array([1, 2, 3], pa.int32())}))
    table.delete("a = 2")
    assert query("SELECT a FROM erased ORDER BY a").rows == [("1",), ("3",)]
