"""Brings changed invoices and products into the lookups table, from Spark's executors.

Everything is a put or a delete by key: a publish that died is repeated, and one that is repeated
changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial, reduce
from operator import add
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from loader.batch_writer import BatchWriter, WriteFigures
from loader.invoice_writer import InvoiceWriter, Row
from loader.lookup_items import (
    INVOICE_PREFIX,
    PARTITION_KEY,
    PRODUCT,
    PRODUCT_PREFIX,
    SORT_KEY,
    as_item,
    key,
)
from loader.patience import Patience
from loader.write_budget import WriteBudget

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

UNFINISHED = key("PUBLISH", "UNFINISHED")
"""Mark in the table while invoices are published; a publish that died leaves it there."""

_Write = Callable[[Iterable[Row]], Iterator[WriteFigures]]


@dataclass(frozen=True)
class LookupsTable:
    """The lookups table, and how fast it may be written.

    Attributes
    ----------
    name : of the table.
    new_client : makes a boto3 client on an executor; see `client_factory`.
    writers : tasks that write at the same time: the number of the executors' cores.
    write_units_per_second : ceiling for all writers together; None for none.
    calls_in_flight : calls of one writer under way at the same time.
    patience : when to give up what the table does not take.
    """

    name: str
    new_client: Callable[[], DynamoDBClient]
    writers: int
    write_units_per_second: float | None = None
    calls_in_flight: int = 4
    patience: Patience = field(default_factory=Patience)

    def batch_writer(self, client: DynamoDBClient) -> BatchWriter:
        """Return a writer that keeps to one writer's share of the ceiling."""
        total = self.write_units_per_second
        budget = WriteBudget(None if total is None else total / self.writers)
        return BatchWriter(client, self.name, budget, self.patience, self.calls_in_flight)


def client_factory(region: str | None = None) -> Callable[[], DynamoDBClient]:
    """Return a function that makes clients on the executors, for the driver's region or `region`.

    The clients do not retry by themselves: the writers do, with what was not taken only.
    """
    return partial(_new_client, region or boto3.Session().region_name)


def publish_invoices(
    headers: DataFrame, chunks: DataFrame, vanished: DataFrame, table: LookupsTable
) -> WriteFigures:
    """Write invoices whole, and delete those that are no more.

    Parameters
    ----------
    headers, chunks : of the same invoices, as `glue_jobs.transforms.lookup_items` makes them.
    vanished : column invoice_no: invoices of which `transactions` holds no line.
    table : where to.

    Raises
    ------
    StoreBusy : the table was throttled, or did not answer, until patience ended. (From an
        executor it comes as Spark's error that holds its text.)
    """
    client = table.new_client()
    # Where the mark stands already, a publish has died.
    old = client.put_item(TableName=table.name, Item=UNFINISHED, ReturnValues="ALL_OLD")
    write = partial(_write_invoices, table=table, look_by_key="Attributes" in old)
    rows = headers.unionByName(chunks, allowMissingColumns=True)
    figures = _write_all(_with_keys_of(rows, vanished, INVOICE_PREFIX), write, table.writers)
    client.delete_item(TableName=table.name, Key=UNFINISHED)
    return figures


def publish_products(items: DataFrame, vanished: DataFrame, table: LookupsTable) -> WriteFigures:
    """Write products, and delete those that are no more.

    Parameters
    ----------
    items : as `glue_jobs.transforms.lookup_items.product_items` makes them.
    vanished : column stock_code: products of which `transactions` holds no line.
    table : where to.

    Raises
    ------
    StoreBusy : as `publish_invoices`.
    """
    rows = _with_keys_of(items, vanished, PRODUCT_PREFIX)
    return _write_all(rows, partial(_write_products, table=table), table.writers)


def _with_keys_of(items: DataFrame, vanished: DataFrame, prefix: str) -> DataFrame:
    """Add a row that has only a partition key for each of the vanished."""
    named = F.concat(F.lit(prefix), F.col(vanished.columns[0]))
    keys = vanished.select(named.alias(PARTITION_KEY)).distinct()
    return items.unionByName(keys, allowMissingColumns=True)


def _write_all(rows: DataFrame, write: _Write, writers: int) -> WriteFigures:
    """Write with so many tasks; all rows of a partition key go through one of them, in order.

    Descending, the sort keys put an invoice's chunks before its header, and both before none.
    """
    placed = rows.repartition(writers, PARTITION_KEY).sortWithinPartitions(
        PARTITION_KEY, F.desc(SORT_KEY)
    )
    figures: list[WriteFigures] = placed.rdd.mapPartitions(write).collect()
    return reduce(add, figures, WriteFigures())


def _write_invoices(
    rows: Iterable[Row], table: LookupsTable, look_by_key: bool
) -> Iterator[WriteFigures]:
    client = table.new_client()
    with table.batch_writer(client) as writer:
        InvoiceWriter(client, table.name, writer, table.patience, look_by_key=look_by_key).write(
            rows
        )
    yield writer.figures


def _write_products(rows: Iterable[Row], table: LookupsTable) -> Iterator[WriteFigures]:
    with table.batch_writer(table.new_client()) as writer:
        for row in rows:
            values = row.asDict()
            if values[SORT_KEY] is None:
                writer.delete(key(values[PARTITION_KEY], PRODUCT))
            else:
                writer.put(as_item(values))
    yield writer.figures


def _new_client(region: str | None) -> DynamoDBClient:
    config: Any = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=32,
    )
    return boto3.client("dynamodb", region_name=region, config=config)
