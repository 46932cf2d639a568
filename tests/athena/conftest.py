"""The lake's table `transactions` with sales of a CSV file, and Athena to ask it."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from pyiceberg.catalog.glue import GlueCatalog
from pyiceberg.partitioning import PartitionField, PartitionSpec
from pyiceberg.schema import Schema
from pyiceberg.transforms import MonthTransform
from pyiceberg.types import (
    BooleanType,
    DecimalType,
    IntegerType,
    LongType,
    NestedField,
    StringType,
    TimestampType,
)

from cli.generate.invoices import GeneratorSettings
from cli.generate.writer import write_file
from local_aws.settings import REGION
from tests.conftest import LocalCloud
from tests.loader.views.comparison import shown
from tests.loader.views.independent import Row
from tests.loader.views.odd_sales import ODD_LINES
from tests.loader.views.sales_file import read_sales

NAME = "named-query-tests"
DATABASE = "named_query_tests"

# The columns that the queries read, with the types that glue_jobs gives them.
_TRANSACTIONS = Schema(
    NestedField(1, "event_id", StringType(), required=True),
    NestedField(2, "invoice_no", StringType()),
    NestedField(3, "stock_code", StringType()),
    NestedField(4, "description", StringType()),
    NestedField(5, "quantity", IntegerType()),
    NestedField(6, "invoice_ts", TimestampType()),
    NestedField(7, "customer_id", LongType()),
    NestedField(8, "country", StringType()),
    NestedField(9, "line_amount", DecimalType(18, 4)),
    NestedField(10, "transaction_type", StringType()),
    NestedField(11, "is_product", BooleanType()),
)

Ask = Callable[[str], list[Row]]


@pytest.fixture(scope="session")
def sales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a generated file with the oddest lines added."""
    path = tmp_path_factory.mktemp("sales") / "sales.csv"
    write_file(path, GeneratorSettings(rows=2_000, seed=12))
    with path.open("a", encoding="iso-8859-1") as file:
        file.writelines(f"{line}\r\n" for line in ODD_LINES)
    return path


@pytest.fixture(scope="session")
def ask(local_cloud: LocalCloud, sales: Path) -> Ask:
    """Return a function that runs a query on the sales and gives its rows in order."""
    local_cloud.client("s3").create_bucket(Bucket=NAME)
    local_cloud.client("glue").create_database(DatabaseInput={"Name": DATABASE})
    by_month = PartitionSpec(PartitionField(6, 1000, MonthTransform(), "invoice_ts_month"))
    table = _catalog(local_cloud).create_table(
        f"{DATABASE}.transactions", _TRANSACTIONS, partition_spec=by_month
    )
    table.append(_rows(sales))
    athena = local_cloud.client("athena")

    def run(sql: str) -> list[Row]:
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": DATABASE},
            ResultConfiguration={"OutputLocation": f"s3://{NAME}/results/"},
        )
        query_id = started["QueryExecutionId"]
        while True:
            status = athena.get_query_execution(QueryExecutionId=query_id)["QueryExecution"][
                "Status"
            ]
            if status["State"] not in ("QUEUED", "RUNNING"):
                break
            time.sleep(0.02)
        assert status["State"] == "SUCCEEDED", status
        pages = athena.get_paginator("get_query_results").paginate(QueryExecutionId=query_id)
        rows = [row["Data"] for page in pages for row in page["ResultSet"]["Rows"]]
        return shown([datum.get("VarCharValue") for datum in row] for row in rows[1:])

    return run


def _catalog(local_cloud: LocalCloud) -> GlueCatalog:
    key = {"access-key-id": "test", "secret-access-key": "test", "region": REGION}
    return GlueCatalog(
        "local",
        **{f"glue.{name}": value for name, value in key.items()},
        **{f"s3.{name}": value for name, value in key.items()},
        **{"glue.endpoint": local_cloud.endpoint, "s3.endpoint": local_cloud.endpoint},
        warehouse=f"s3://{NAME}/warehouse",
    )


def _rows(sales: Path) -> pa.Table:
    names = [field.name for field in _TRANSACTIONS.fields]
    found = [{name: getattr(sale, name) for name in names} for sale in read_sales(sales)]
    for row in found:
        row["invoice_ts"] = row["invoice_ts"].replace(tzinfo=None)
        row["transaction_type"] = row["transaction_type"].value
    return pa.Table.from_pylist(found, schema=_TRANSACTIONS.as_arrow())
