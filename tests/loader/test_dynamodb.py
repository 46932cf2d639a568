"""What Spark publishes is what the table holds, on a local cloud."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from loader.dynamodb import (
    UNFINISHED,
    LookupsTable,
    publish_invoices,
    publish_products,
    rebuild_lookups,
)
from loader.lookup_items import chunk_key, key
from local_aws.faults import control

if TYPE_CHECKING:
    from tests.conftest import LocalCloud

HEADERS = (
    "pk string, sk string, invoice_no string, customer_id bigint, invoice_ts string, "
    "history_key string, country string, transaction_type string, line_count bigint, "
    "units bigint, total decimal(28,4), chunk_count bigint, rebuilt_by string"
)
CHUNKS = "pk string, sk string, lines string, line_count bigint, rebuilt_by string"
PRODUCTS = "pk string, sk string, stock_code string, lowest_price decimal(12,4), is_product boolean"


class Published:
    """A lookups table of the local cloud, and the frames that are published to it."""

    def __init__(self, spark: SparkSession, dynamodb: Any, table: LookupsTable) -> None:
        self.spark = spark
        self.dynamodb = dynamodb
        self.table = table
        self.none = spark.createDataFrame([], "invoice_no string")

    def invoices(self, invoices: dict[str, int], run: str, vanished: str = "") -> Any:
        """Publish invoices with so many chunks each; return the figures."""
        gone = self.spark.createDataFrame([(no,) for no in vanished.split()], "invoice_no string")
        return publish_invoices(
            self.headers(invoices, run), self.chunks(invoices, run), gone, self.table
        )

    def products(self, codes: str) -> DataFrame:
        """Return the items of products."""
        rows = [(f"PRODUCT#{code}", "PRODUCT", code, None, True) for code in codes.split()]
        return self.spark.createDataFrame(rows, PRODUCTS)

    def rebuild(self, invoices: dict[str, int], run: str, codes: str) -> Any:
        """Rebuild the table from these invoices and products; return the figures."""
        chunks, products = self.chunks(invoices, run), self.products(codes)
        return rebuild_lookups(self.headers(invoices, run), chunks, products, self.table)

    def items(self) -> dict[tuple[str, str], Any]:
        """Return all items of the table by their keys."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=self.table.name)
        found = [item for page in pages for item in page["Items"]]
        return {(item["pk"]["S"], item["sk"]["S"]): item for item in found}

    def headers(self, invoices: dict[str, int], run: str) -> DataFrame:
        """Return the headers of invoices with so many chunks each."""
        rows = [
            (f"INVOICE#{no}", "HEADER", no, 17850, "2011-03-01T12:00:00Z",
             f"2011-03-01T12:00:00#{no}", "France", "sale", count, 1, None, count, run)
            for no, count in invoices.items()
        ]  # fmt: skip
        return self.spark.createDataFrame(rows, HEADERS)

    def chunks(self, invoices: dict[str, int], run: str) -> DataFrame:
        """Return the chunks of invoices with so many each."""
        rows = [
            (f"INVOICE#{no}", chunk_key(number), json.dumps([number]), 1, run)
            for no, count in invoices.items()
            for number in range(1, count + 1)
        ]
        return self.spark.createDataFrame(rows, CHUNKS)


@pytest.fixture
def published(
    spark: SparkSession,
    local_cloud: LocalCloud,
    create_lookups_table: Callable[[Any, str], str],
) -> Published:
    # Executors import what they unpickle: no function of a test module may be among it.
    new_client = partial(
        boto3.client,
        "dynamodb",
        endpoint_url=local_cloud.endpoint,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"total_max_attempts": 1}),
    )
    dynamodb = new_client()
    name = create_lookups_table(dynamodb, f"lookups-{uuid.uuid4().hex[:8]}")
    return Published(spark, dynamodb, LookupsTable(name, new_client, writers=2))


def test_invoices_are_published_whole_and_published_again_are_the_same(published: Published):
    invoices = {str(number): 1 + number % 3 for number in range(230)}
    figures = published.invoices(invoices, "r1")
    assert figures.items_written == len(published.items()) == 230 + sum(invoices.values())
    assert figures.items_deleted == 0
    # A unit for each chunk and header, and one for each header's entry in the index.
    assert figures.write_units == figures.items_written + 230
    before = published.items()

    assert published.invoices(invoices, "r1").items_written == figures.items_written
    assert published.items() == before


def test_what_shrinks_or_vanishes_leaves_nothing(published: Published):
    published.invoices({"1": 3, "2": 2, "3": 4}, "r1")
    figures = published.invoices({"1": 1}, "r2", vanished="2 3 4")
    assert set(published.items()) == {("INVOICE#1", "HEADER"), ("INVOICE#1", chunk_key(1))}
    assert figures.items_deleted == 2 + (1 + 2) + (1 + 4) + 1


def test_after_a_publish_that_died_chunks_that_no_header_counts_are_found(published: Published):
    published.invoices({"1": 1}, "r1")
    for stray in (key("INVOICE#1", chunk_key(2)), key("INVOICE#2", chunk_key(3)), UNFINISHED):
        published.dynamodb.put_item(TableName=published.table.name, Item=stray)
    published.invoices({"1": 1, "2": 1}, "r2")
    assert len(published.items()) == 4
    assert {item["rebuilt_by"]["S"] for item in published.items().values()} == {"r2"}


def test_a_publish_that_dies_leaves_its_mark_and_the_next_takes_it_away(published: Published):
    headers, chunks = published.headers({"1": 2}, "r1"), published.chunks({"1": 2}, "r1")
    dying = headers.withColumn("country", F.raise_error(F.lit("the executor dies")).cast("string"))
    with pytest.raises(Exception, match="the executor dies"):
        publish_invoices(dying, chunks, published.none, published.table)
    assert (UNFINISHED["pk"]["S"], UNFINISHED["sk"]["S"]) in published.items()

    publish_invoices(headers, chunks, published.none, published.table)
    assert {sort for _, sort in published.items()} == {"HEADER", chunk_key(1), chunk_key(2)}


def test_a_throttled_or_unanswered_mark_costs_no_publish(
    published: Published, local_cloud: LocalCloud
):
    calls = {"PutItem": "throttle", "DeleteItem": "drop_after"}
    faults = [
        {"id": action, "service": "dynamodb", "action": action, "effect": effect, "times": 2,
         "resource": published.table.name}
        for action, effect in calls.items()
    ]  # fmt: skip
    control.load(local_cloud.state_dir, json.dumps({"faults": faults}))
    try:
        published.invoices({"1": 1}, "r1")
    finally:
        control.clear(local_cloud.state_dir)
    assert set(published.items()) == {("INVOICE#1", "HEADER"), ("INVOICE#1", chunk_key(1))}
    assert len(control.fired(local_cloud.state_dir)) == 4


def test_the_ceiling_holds_for_all_writers_together(published: Published):
    published.table = replace(published.table, write_units_per_second=300)
    started = time.monotonic()
    figures = published.invoices({str(number): 1 for number in range(150)}, "r1")
    # One second's units are saved up by the start.
    assert figures.write_units <= 300 * (time.monotonic() - started + 1)


def test_products_are_put_and_removed(published: Published):
    products = published.products("1 2 3")
    none = published.spark.createDataFrame([], "stock_code string")
    assert publish_products(products, none, published.table).items_written == 3
    gone = published.spark.createDataFrame([("2",), ("9",)], "stock_code string")
    figures = publish_products(products.where("stock_code = '1'"), gone, published.table)
    assert (figures.items_written, figures.items_deleted) == (1, 2)
    assert set(published.items()) == {("PRODUCT#1", "PRODUCT"), ("PRODUCT#3", "PRODUCT")}


def spoil(published: Published) -> None:
    """Do to the table all that a person, a restore or a bug might."""
    dynamodb, table = published.dynamodb, published.table.name
    (lost, *others) = published.items()
    dynamodb.delete_item(TableName=table, Key=key(*lost))
    for changed in others:  # a header then counts nothing
        dynamodb.put_item(TableName=table, Item=key(*changed))
    for stray in STRAYS:
        where = key(*stray.split("/"))
        dynamodb.put_item(TableName=table, Item={**where, "chunk_count": {"N": "99"}})


STRAYS = (
    "INVOICE#1/LINES#000002",
    "INVOICE#9/HEADER",
    "INVOICE#9/LINES#000001",
    "INVOICE#2/NOTE",
    "PRODUCT#9/PRODUCT",
    "OTHER#1/HEADER",
    "PUBLISH/UNFINISHED",
    "PUBLISH/POSITION",
)


def test_a_rebuilt_table_holds_the_truth_and_nothing_else(published: Published):
    invoices = {"1": 1, "2": 12, "3": 2}
    written = published.rebuild(invoices, "r1", "22423 71053")
    truth = published.items()
    assert (written.items_written, written.items_deleted) == (3 + 15 + 2, 0)
    spoil(published)

    figures = published.rebuild(invoices, "r1", "22423 71053")

    assert published.items() == truth
    assert (figures.items_written, figures.items_deleted) == (3 + 15 + 2, len(STRAYS))


def test_a_rebuild_keeps_to_the_ceiling_also_where_it_only_deletes(published: Published):
    for number in range(150):
        published.dynamodb.put_item(TableName=published.table.name, Item=key(f"X#{number}", "X"))
    published.table = replace(published.table, write_units_per_second=100)
    started = time.monotonic()
    figures = published.rebuild({"1": 1}, "r1", "22423")
    assert set(published.items()) == {
        ("INVOICE#1", "HEADER"), ("INVOICE#1", chunk_key(1)), ("PRODUCT#22423", "PRODUCT")
    }  # fmt: skip
    assert figures.items_deleted == 150
    assert figures.write_units <= 100 * (time.monotonic() - started + 1)
