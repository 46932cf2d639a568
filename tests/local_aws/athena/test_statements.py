"""CREATE TABLE AS, and the statements that the catalog answers."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import LocalCloud
from tests.local_aws.athena.conftest import BUCKET, DATABASE, SALES, Query


def lines(query: Query, sql: str) -> list[str]:
    found = query(sql)
    assert found.state == "SUCCEEDED", found.reason
    return [str(line) for (line,) in found.rows]


def test_the_catalog_s_tables_and_databases_are_listed(query: Query) -> None:
    assert {"raw", "sales"} <= set(lines(query, "SHOW TABLES"))
    assert lines(query, f"SHOW TABLES IN {DATABASE} 'sal*'") == ["sales"]
    assert DATABASE in lines(query, "SHOW DATABASES LIKE 'athena*'")


def test_a_table_is_described_as_hive_does(query: Query) -> None:
    described = [line.split("\t") for line in lines(query, f"DESCRIBE `{DATABASE}`.`raw`")]
    assert [part.strip() for part in described[0]] == ["invoiceno", "string", ""]
    assert described[0][0] == "invoiceno".ljust(20)
    assert ["# Partition Information"] in described
    assert [line.strip() for line in lines(query, "SHOW COLUMNS IN sales")][:2] == [
        "event_id",
        "quantity",
    ]
    created = lines(query, "SHOW CREATE TABLE raw")
    assert created[0] == f"CREATE EXTERNAL TABLE `{DATABASE}`.`raw`("
    assert "  `ingest_date` date)" in created
    assert "  'projection.enabled'='true'," in created


def test_partitions_of_a_table_without_any_are_an_error(query: Query) -> None:
    assert query("SHOW PARTITIONS sales").reason.endswith("Table sales is not a partitioned table")


def test_a_missing_table_cannot_be_described(query: Query) -> None:
    found = query("DESCRIBE nope")
    assert found.reason == (
        f"FAILED: SemanticException [Error 10001]: Table not found {DATABASE}.nope"
    )


def test_a_database_is_made_and_dropped(query: Query) -> None:
    assert query("CREATE DATABASE made_here COMMENT 'x'").state == "SUCCEEDED"
    assert query("CREATE DATABASE IF NOT EXISTS made_here").state == "SUCCEEDED"
    assert "AlreadyExistsException" in query("CREATE SCHEMA made_here").reason
    assert query("DROP DATABASE made_here").state == "SUCCEEDED"
    assert query("DROP DATABASE IF EXISTS made_here").state == "SUCCEEDED"
    assert "Database does not exist: made_here" in query("DROP DATABASE made_here").reason
    assert f"Database {DATABASE} is not empty" in query(f"DROP DATABASE {DATABASE}").reason


def test_an_iceberg_table_is_not_dropped_here(query: Query) -> None:
    assert query("DROP TABLE sales").reason.startswith("NOT_SUPPORTED: ")
    assert query("SELECT count(*) FROM sales").rows == [(str(2 * SALES),)]


def test_create_table_as_writes_parquet_that_can_be_queried_and_dropped(
    query: Query, local_cloud: LocalCloud
) -> None:
    made = query(
        f"CREATE TABLE {DATABASE}.copied WITH (format = 'PARQUET', write_compression = 'SNAPPY', "
        f"external_location = 's3://{BUCKET}/copied/') AS SELECT event_id, quantity, unit_price, "
        "day, is_product, description, cast(invoice_ts AS timestamp) AS at, "
        "ARRAY[quantity] AS list FROM sales WHERE event_id LIKE 'first#1_'"
    )
    assert made.state == "SUCCEEDED", made.reason
    assert made.execution["StatementType"] == "DDL"
    assert made.execution["SubstatementType"] == "CREATE_TABLE_AS_SELECT"
    manifest = made.execution["Statistics"]["DataManifestLocation"]
    key = manifest.removeprefix(f"s3://{BUCKET}/")
    listed = local_cloud.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    assert listed.startswith(f"s3://{BUCKET}/copied/")
    same = (
        "SELECT event_id, quantity, unit_price, day, is_product, description, {} FROM {} "
        "WHERE event_id LIKE 'first#1_' ORDER BY 1"
    )
    copied = query(same.format("at, list[1]", "copied"))
    assert len(copied.rows) == 10
    assert (
        copied.rows == query(same.format("cast(invoice_ts AS timestamp), quantity", "sales")).rows
    )
    assert 0 < query("SELECT sum(quantity) FROM copied").scanned < copied.scanned
    exists = query("CREATE TABLE copied AS SELECT 1 AS a")
    assert exists.reason.startswith("TABLE_ALREADY_EXISTS: ")
    taken = query(
        f"CREATE TABLE other WITH (external_location = 's3://{BUCKET}/copied') AS SELECT 1 AS a"
    )
    assert taken.reason.startswith("HIVE_PATH_ALREADY_EXISTS: ")
    assert query("DROP TABLE copied").state == "SUCCEEDED"
    assert query("DROP TABLE IF EXISTS copied").state == "SUCCEEDED"
    assert "Table not found" in query("DROP TABLE copied").reason


@pytest.mark.parametrize(
    ("select", "reason"),
    [
        (
            "SELECT invoice_ts FROM sales",
            "NOT_SUPPORTED: Incorrect timestamp precision for timestamp(6); the configured "
            "precision is MILLISECONDS",
        ),
        (
            "SELECT seen_at FROM sales",
            "NOT_SUPPORTED: Unsupported Hive type: timestamp(6) with time zone",
        ),
        (
            "SELECT count(*) FROM sales",
            "MISSING_COLUMN_NAME: Column name not specified at position 1",
        ),
        ("SELECT 1 AS a, 2 AS A", "DUPLICATE_COLUMN_NAME: Column name 'a' specified more than"),
        ("SELECT NULL AS a", "COLUMN_TYPE_UNKNOWN: Column type is unknown: a"),
    ],
)
def test_create_table_as_refuses_what_hive_cannot_hold(
    query: Query, select: str, reason: str
) -> None:
    assert query(f"CREATE TABLE refused AS {select}").reason.startswith(reason)


@pytest.mark.parametrize(
    "properties",
    [
        "format = 'ORC'",
        "partitioned_by = ARRAY['a']",
        "table_type = 'ICEBERG', is_external = false",
    ],
)
def test_create_table_as_in_other_forms_is_refused(query: Query, properties: str) -> None:
    found = query(f"CREATE TABLE refused WITH ({properties}) AS SELECT 1 AS a")
    assert found.state == "FAILED"
    assert found.reason.startswith("NOT_SUPPORTED: ")


def test_registered_partitions_are_shown_and_pruned(query: Query, local_cloud: LocalCloud) -> None:
    s3, glue = local_cloud.client("s3"), local_cloud.client("glue")
    made = query(
        f"CREATE TABLE parts_source WITH (external_location = 's3://{BUCKET}/parts/k=1/') "
        "AS SELECT 7 AS a"
    )
    assert made.state == "SUCCEEDED", made.reason
    source = glue.get_table(DatabaseName=DATABASE, Name="parts_source")["Table"]
    storage: dict[str, Any] = source["StorageDescriptor"]
    [entry] = s3.list_objects_v2(Bucket=BUCKET, Prefix="parts/k=1/")["Contents"]
    s3.copy_object(
        Bucket=BUCKET, Key="parts/k=2/copy", CopySource={"Bucket": BUCKET, "Key": entry["Key"]}
    )
    glue.create_table(
        DatabaseName=DATABASE,
        TableInput={
            "Name": "parts",
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": "k", "Type": "int"}],
            "StorageDescriptor": {**storage, "Location": f"s3://{BUCKET}/parts"},
        },
    )
    for value in ("1", "2"):
        glue.create_partition(
            DatabaseName=DATABASE,
            TableName="parts",
            PartitionInput={
                "Values": [value],
                "StorageDescriptor": {**storage, "Location": f"s3://{BUCKET}/parts/k={value}"},
            },
        )
    assert lines(query, "SHOW PARTITIONS parts") == ["k=1", "k=2"]
    everything = query("SELECT a, k FROM parts ORDER BY k")
    assert everything.rows == [("7", "1"), ("7", "2")]
    assert query("SELECT a, k FROM parts WHERE k > 1").scanned == everything.scanned / 2
    assert query('SELECT "$path" FROM parts WHERE k = 2').rows == [
        (f"s3://{BUCKET}/parts/k=2/copy",)
    ]
