"""The rows that COPY brings by position fit the warehouse's table: order, types, lengths."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from contracts.classification import TransactionType
from contracts.fields import LONGEST, TRANSACTIONS, iceberg_columns
from loader.warehouse import Batch, load_statements, migration_statements

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

# Redshift's types by Spark's: COPY from Parquet converts none of them.
REDSHIFT = {
    "string": "VARCHAR",
    "int": "INTEGER",
    "bigint": "BIGINT",
    "boolean": "BOOLEAN",
    "timestamp_ntz": "TIMESTAMP",
    "decimal(12,4)": "DECIMAL(12,4)",
    "decimal(18,4)": "DECIMAL(18,4)",
}
BYTES_A_CHARACTER = 4  # UTF-8's most; a VARCHAR's length counts bytes


def fact_sales() -> dict[str, str]:
    """Return the columns of fact_sales with what the migrations declare of them."""
    (create,) = (sql for sql in migration_statements(0) if "TABLE retail.fact_sales" in sql)
    body = create[create.index("(") + 1 : create.index("DISTKEY")]
    lines = re.findall(r"^ {4}(\w+) +(.+?),?$", body, re.MULTILINE)
    return {name: " ".join(kind.split()) for name, kind in lines}


def test_facts_have_the_columns_of_the_table_in_its_order(spark: SparkSession):
    from glue_jobs.transforms.sales_facts import sales_facts  # noqa: PLC0415 - needs Spark

    schema = ", ".join(f"{column.name} {column.type}" for column in TRANSACTIONS)
    facts = spark.createDataFrame([], schema).transform(sales_facts)
    declared = {
        name: re.sub(r"^VARCHAR\(\d+\)", "VARCHAR", kind.removesuffix(" NOT NULL"))
        for name, kind in fact_sales().items()
    }
    assert [(name, REDSHIFT[kind]) for name, kind in facts.dtypes] == list(declared.items())


def test_a_fact_knows_its_day(spark: SparkSession):
    from glue_jobs.transforms.sales_facts import sales_facts  # noqa: PLC0415 - needs Spark

    row = {column.name: None for column in TRANSACTIONS} | {
        "event_id": "536365#L1",
        "invoice_ts": datetime(2011, 1, 4, 23, 59),  # noqa: DTZ001 - timestamp_ntz
        "line_amount": Decimal("15.3000"),
    }
    schema = ", ".join(f"{column.name} {column.type}" for column in TRANSACTIONS)
    (fact,) = spark.createDataFrame([tuple(row.values())], schema).transform(sales_facts).collect()
    assert fact.date_key == 20110104
    assert (fact.event_id, fact.line_amount) == ("536365#L1", Decimal("15.3000"))


def test_what_must_be_there_is_demanded_alike():
    nullable = {column.name for column in TRANSACTIONS if column.nullable}
    declared = fact_sales()
    assert {name for name, kind in declared.items() if "NOT NULL" not in kind} == nullable
    assert "NOT NULL" not in iceberg_columns(c for c in TRANSACTIONS if c.name in nullable)


@pytest.mark.parametrize(
    ("column", "longest"),
    [
        ("invoice_no", LONGEST["InvoiceNo"] * BYTES_A_CHARACTER),
        ("stock_code", LONGEST["StockCode"] * BYTES_A_CHARACTER),
        ("description", LONGEST["Description"] * BYTES_A_CHARACTER),
        ("country", LONGEST["Country"] * BYTES_A_CHARACTER),
        # The invoice number (where % and # take three bytes), #E and the sender's key.
        ("event_id", (LONGEST["InvoiceNo"] + LONGEST["EventId"]) * BYTES_A_CHARACTER + 2),
        ("transaction_type", max(len(kind.value) for kind in TransactionType)),
    ],
)
def test_the_longest_text_of_the_contract_fits_by_bytes(column: str, longest: int):
    length = re.search(r"VARCHAR\((\d+)\)", fact_sales()[column])
    assert length is not None
    assert int(length[1]) >= longest


def test_the_invoices_that_a_load_is_given_are_as_long_as_those_that_it_replaces():
    load = load_statements(Batch(0, 1, 0, "s3://b/s", "s3://b/i"), "arn:aws:iam::1:role/r")
    (staged,) = (sql for sql in load if "staged_invoices (" in sql)
    assert fact_sales()["invoice_no"] in staged
