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
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from loader.batch_writer import BatchWriter, WriteFigures
from loader.invoice_writer import InvoiceWriter, Leftovers, Row
from loader.lookup_items import (
    CHUNK_DIGITS,
    INVOICE_PREFIX,
    LINES_PREFIX,
    PARTITION_KEY,
    PRODUCT,
    PRODUCT_PREFIX,
    SORT_KEY,
    as_item,
    key,
)
from loader.patience import Patience, patiently
from loader.write_budget import WriteBudget

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

UNFINISHED = key("PUBLISH", "UNFINISHED")
"""Mark in the table while invoices are published; a publish that died leaves it there."""

_SEGMENTS_A_WRITER = 4  # a scan's parts are of uneven size: more of them than writers even it out

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
    client, busy = table.new_client(), f"the table {table.name} takes no mark"
    # Where the mark stands already, a publish has died. (Or the answer to this call did, which
    # costs a look at the chunks and nothing else.)
    mark = partial(client.put_item, TableName=table.name, Item=UNFINISHED, ReturnValues="ALL_OLD")
    old = patiently(mark, table.patience, busy)
    leftovers = Leftovers.SOUGHT if "Attributes" in old else Leftovers.COUNTED
    write = partial(_write_invoices, table=table, leftovers=leftovers)
    rows = headers.unionByName(chunks, allowMissingColumns=True)
    figures = _write_all(_with_keys_of(rows, vanished, INVOICE_PREFIX), write, table.writers)
    unmark = partial(client.delete_item, TableName=table.name, Key=UNFINISHED)
    patiently(unmark, table.patience, busy)
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


def rebuild_lookups(
    headers: DataFrame, chunks: DataFrame, products: DataFrame, table: LookupsTable
) -> WriteFigures:
    """Write every invoice and product there is, then delete every other item.

    What the table holds does not matter: it may be empty, or be wrong in any way. The position is
    among what is deleted. A table that was empty holds nothing else afterwards: it is not scanned.

    Parameters
    ----------
    headers, chunks, products : all of them, as `glue_jobs.transforms.lookup_items` makes them.
    table : where to.

    Raises
    ------
    StoreBusy : as `publish_invoices`.
    """
    was_empty = _is_empty(table)
    invoices = headers.unionByName(chunks, allowMissingColumns=True)
    write = partial(_write_invoices, table=table, leftovers=Leftovers.SWEPT)
    figures = _write_all(invoices, write, table.writers)
    figures += _write_all(products, partial(_write_products, table=table), table.writers)
    if was_empty:
        return figures
    expected = _keys(headers, products)
    strays = _stored_keys(headers.sparkSession, table).join(
        expected, on=[PARTITION_KEY, SORT_KEY], how="anti"
    )
    return figures + _write_all(strays, partial(_delete, table=table), table.writers)


def _is_empty(table: LookupsTable) -> bool:
    request: Any = {"TableName": table.name, "ConsistentRead": True, "Limit": 1}
    read = partial(table.new_client().scan, **request)
    page = patiently(read, table.patience, f"the table {table.name} gives no keys")
    return not page["Items"] and "LastEvaluatedKey" not in page


def _keys(headers: DataFrame, products: DataFrame) -> DataFrame:
    """Return the keys of all items: what a header counts names its chunks."""
    numbers = F.explode(F.expr("sequence(1, chunk_count)")).alias("number")
    digits = F.lpad(F.col("number").cast("string"), CHUNK_DIGITS, "0")
    chunk = F.concat(F.lit(LINES_PREFIX), digits).alias(SORT_KEY)
    chunks = headers.select(PARTITION_KEY, numbers).select(PARTITION_KEY, chunk)
    return (
        headers.select(PARTITION_KEY, SORT_KEY)
        .unionByName(chunks)
        .unionByName(products.select(PARTITION_KEY, SORT_KEY))
    )


def _stored_keys(spark: SparkSession, table: LookupsTable) -> DataFrame:
    """Return the keys of all items that the table holds: a parallel scan."""
    segments = table.writers * _SEGMENTS_A_WRITER
    scan = partial(_scan_keys, table=table, segments=segments)
    keys = spark.sparkContext.parallelize(range(segments), segments).mapPartitions(scan)
    return spark.createDataFrame(keys, f"{PARTITION_KEY} string, {SORT_KEY} string")


def _scan_keys(
    some_segments: Iterable[int], table: LookupsTable, segments: int
) -> Iterator[tuple[str, str]]:
    client = table.new_client()
    for segment in some_segments:
        request: dict[str, Any] = {
            "TableName": table.name,
            "Segment": segment,
            "TotalSegments": segments,
            "ProjectionExpression": f"{PARTITION_KEY}, {SORT_KEY}",
        }
        while True:
            read = partial(client.scan, **request)
            page = patiently(read, table.patience, f"the table {table.name} gives no keys")
            yield from ((item[PARTITION_KEY]["S"], item[SORT_KEY]["S"]) for item in page["Items"])
            if "LastEvaluatedKey" not in page:
                break
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


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
    rows: Iterable[Row], table: LookupsTable, leftovers: Leftovers
) -> Iterator[WriteFigures]:
    client = table.new_client()
    with table.batch_writer(client) as writer:
        InvoiceWriter(client, table.name, writer, table.patience, leftovers).write(rows)
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


def _delete(rows: Iterable[Row], table: LookupsTable) -> Iterator[WriteFigures]:
    with table.batch_writer(table.new_client()) as writer:
        for row in rows:
            values = row.asDict()
            writer.delete(key(values[PARTITION_KEY], values[SORT_KEY]))
    yield writer.figures


def _new_client(region: str | None) -> DynamoDBClient:
    config: Any = Config(
        retries={"total_max_attempts": 1},
        connect_timeout=5,
        read_timeout=30,
        max_pool_connections=32,
    )
    return boto3.client("dynamodb", region_name=region, config=config)
