"""A small lake to query: an Iceberg table of two snapshots and raw JSON objects by day."""

from __future__ import annotations

import gzip
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import MonthTransform
from pyiceberg.types import (
    BooleanType,
    DateType,
    DecimalType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
    TimestamptzType,
)

from local_aws.settings import REGION
from tests.conftest import LocalCloud

DATABASE = "athena_tests"
BUCKET = "athena-tests"
OUTPUT = f"s3://{BUCKET}/results/"
FIRST_DAY = datetime(2011, 1, 1)  # noqa: DTZ001 - the lake's times have no zone
SALES = 6_000  # of each of the two snapshots
RAW_DAYS = ("2026-01-01", "2026-01-02", "2026-01-03")

_SALES_SCHEMA = Schema(
    NestedField(1, "event_id", StringType(), required=True),
    NestedField(2, "quantity", IntegerType()),
    NestedField(3, "invoice_ts", TimestampType()),
    NestedField(4, "unit_price", DecimalType(12, 4)),
    NestedField(5, "description", StringType()),
    NestedField(6, "day", DateType()),
    NestedField(7, "customer_id", LongType()),
    NestedField(8, "is_product", BooleanType()),
    NestedField(9, "seen_at", TimestamptzType()),
)


@dataclass(frozen=True)
class Outcome:
    """A finished query.

    Attributes
    ----------
    execution : what GetQueryExecution says.
    rows : the rows without the header; empty for a query that failed.
    """

    execution: dict[str, Any]
    rows: list[tuple[str | None, ...]]

    @property
    def state(self) -> str:
        return str(self.execution["Status"]["State"])

    @property
    def reason(self) -> str:
        return str(self.execution["Status"].get("StateChangeReason", ""))

    @property
    def scanned(self) -> int:
        return int(self.execution["Statistics"]["DataScannedInBytes"])


Query = Callable[..., Outcome]


@pytest.fixture(scope="session")
def athena(local_cloud: LocalCloud) -> Any:
    return local_cloud.client("athena")


def wait(athena: Any, query_id: str) -> dict[str, Any]:
    """Return the execution once it has ended."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        execution: dict[str, Any] = athena.get_query_execution(QueryExecutionId=query_id)[
            "QueryExecution"
        ]
        if execution["Status"]["State"] not in ("QUEUED", "RUNNING"):
            return execution
        time.sleep(0.02)
    raise AssertionError(f"{query_id} does not end")


@pytest.fixture(scope="session")
def query(athena: Any, lake: None) -> Query:  # noqa: ARG001
    """Run a query in the tests' database and wait for its end."""

    def run(sql: str, **request: Any) -> Outcome:
        settings = {
            "QueryExecutionContext": {"Database": DATABASE},
            "ResultConfiguration": {"OutputLocation": OUTPUT},
            **request,
        }
        started = athena.start_query_execution(QueryString=sql, **settings)
        execution = wait(athena, started["QueryExecutionId"])
        if execution["Status"]["State"] != "SUCCEEDED":
            return Outcome(execution, [])
        pages = athena.get_paginator("get_query_results").paginate(
            QueryExecutionId=started["QueryExecutionId"]
        )
        rows = [
            tuple(datum.get("VarCharValue") for datum in row["Data"])
            for page in pages
            for row in page["ResultSet"]["Rows"]
        ]
        return Outcome(execution, rows[1:] if execution["StatementType"] == "DML" else rows)

    return run


@pytest.fixture(scope="session")
def lake(local_cloud: LocalCloud) -> Iterator[None]:
    """Create the bucket, the database and the tables `sales` and `raw`."""
    s3, glue = local_cloud.client("s3"), local_cloud.client("glue")
    s3.create_bucket(Bucket=BUCKET)
    glue.create_database(DatabaseInput={"Name": DATABASE})
    _write_sales(local_cloud)
    _write_raw(s3, glue)
    return


def iceberg_catalog(local_cloud: LocalCloud) -> GlueCatalog:
    """Return pyiceberg's catalog on the local cloud."""
    key = {"access-key-id": "test", "secret-access-key": "test", "region": REGION}
    return GlueCatalog(
        "local",
        **{f"glue.{name}": value for name, value in key.items()},
        **{f"s3.{name}": value for name, value in key.items()},
        **{"glue.endpoint": local_cloud.endpoint, "s3.endpoint": local_cloud.endpoint},
        warehouse=f"s3://{BUCKET}/warehouse",
    )


def _write_sales(local_cloud: LocalCloud) -> None:
    by_month = PartitionSpec(PartitionField(3, 1000, MonthTransform(), "invoice_ts_month"))
    table = iceberg_catalog(local_cloud).create_table(
        f"{DATABASE}.sales", _SALES_SCHEMA, partition_spec=by_month
    )
    table.append(sales("first"))
    time.sleep(0.01)  # a moment between the snapshots
    table.append(sales("second"))


def sales(name: str) -> pa.Table:
    """Return rows of six months; the 10th of every 50 has no description."""
    rng = random.Random(name)
    moments = [FIRST_DAY + timedelta(minutes=rng.randrange(60 * 24 * 180)) for _ in range(SALES)]
    prices = [Decimal(rng.randrange(100_000)).scaleb(-4) for _ in range(SALES)]
    return pa.table(
        {
            "event_id": [f"{name}#{index}" for index in range(SALES)],
            "quantity": [rng.randrange(-5, 100) for _ in range(SALES)],
            "invoice_ts": moments,
            "unit_price": prices,
            "description": [
                None if index % 50 == 10 else f"tea £ {rng.random()}" for index in range(SALES)
            ],
            "day": [moment.date() for moment in moments],
            "customer_id": [rng.randrange(12_000, 18_000) for _ in range(SALES)],
            "is_product": [index % 3 > 0 for index in range(SALES)],
            "seen_at": [moment.replace(tzinfo=UTC) for moment in moments],
        },
        schema=_SALES_SCHEMA.as_arrow(),
    )


def raw_location(table: str) -> str:
    return f"s3://{BUCKET}/raw/{table}/"


def put_raw(s3: Any, table: str, day: str, name: str, lines: list[str]) -> bytes:
    """Put lines as a gzip object of a day and return its bytes."""
    content = gzip.compress("\n".join(lines).encode() + b"\n")
    key = f"raw/{table}/ingest_date={day}/ingest_hour=10/{name}.gz"
    s3.put_object(Bucket=BUCKET, Key=key, Body=content)
    return content


def create_raw_table(
    glue: Any, table: str, *, ignore_malformed: bool = True, null_for_invalid: bool = False
) -> None:
    """Create a table over raw objects as the project's template does."""
    names = ("invoiceno", "description", "quantity", "unitprice", "customerid", "extra")
    glue.create_table(
        DatabaseName=DATABASE,
        TableInput={
            "Name": table,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {
                "EXTERNAL": "TRUE",
                "projection.enabled": "true",
                "projection.ingest_date.type": "date",
                "projection.ingest_date.format": "yyyy-MM-dd",
                "projection.ingest_date.range": "2020-01-01,NOW",
                "projection.ingest_date.interval": "1",
                "projection.ingest_date.interval.unit": "DAYS",
                "storage.location.template": f"{raw_location(table)}ingest_date=${{ingest_date}}/",
            },
            "PartitionKeys": [{"Name": "ingest_date", "Type": "date"}],
            "StorageDescriptor": {
                "Location": raw_location(table),
                "Columns": [
                    *({"Name": name, "Type": "string"} for name in names),
                    {"Name": "request_position", "Type": "int"},
                ],
                "SerdeInfo": {
                    "SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe",
                    "Parameters": {
                        "case.insensitive": "true",
                        "ignore.malformed.json": str(ignore_malformed).lower(),
                        "use.null.for.invalid.data": str(null_for_invalid).lower(),
                    },
                },
            },
        },
    )


def _write_raw(s3: Any, glue: Any) -> None:
    create_raw_table(glue, "raw")
    for day in RAW_DAYS:
        lines = [
            json.dumps(
                {
                    "InvoiceNo": f"{day}-{index}",
                    "Description": f"£ {index}",
                    "Quantity": str(index),
                    "request_position": index,
                },
                ensure_ascii=False,
            )
            for index in range(500)
        ]
        put_raw(s3, "raw", day, "batch", lines)
