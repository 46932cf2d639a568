"""Glue job: brings the changed invoices into the lookups, and stages them for the warehouse.

A store without a position is rebuilt: all that `transactions` holds goes in, all else goes out. To
rebuild a store on purpose is to say that it has none, so a rebuild that dies is gone on with by
the next run.
"""

from __future__ import annotations

import sys
from dataclasses import asdict, dataclass

import boto3
from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions
from pyspark import SparkContext, StorageLevel
from pyspark.sql import DataFrame, SparkSession

from glue_jobs.job_arguments import JobArguments, read_arguments
from glue_jobs.lake.snapshots import (
    Extent,
    PendingRead,
    Snapshot,
    current_snapshot,
    pending_read,
    read_pending,
    read_snapshots,
)
from glue_jobs.lake.tables import Lake
from glue_jobs.run_ledger import StageReport, reported_stage
from glue_jobs.transforms.invoice_ranges import EVERYWHERE, covering_ranges, range_condition
from glue_jobs.transforms.lookup_items import invoice_headers, invoice_line_chunks, product_items
from glue_jobs.transforms.sales_facts import sales_facts
from glue_jobs.warehouse_batch import StagingArea
from loader.batch_writer import WriteFigures
from loader.dynamodb import (
    LookupsTable,
    client_factory,
    publish_invoices,
    publish_products,
    rebuild_lookups,
)
from loader.positions import (
    forget_lookups_position,
    read_lookups_position,
    write_lookups_position,
)

LOOKUPS, WAREHOUSE = "lookups", "warehouse"


@dataclass(frozen=True)
class Targets:
    """Where the changes go.

    Attributes
    ----------
    lookups : the DynamoDB table, with its writers and their ceiling.
    warehouse_position : snapshot of `changed_invoices` at which the warehouse stands; 0 for none.
    rebuild : stores to rebuild, wherever they stand: LOOKUPS, WAREHOUSE.
    """

    lookups: LookupsTable
    warehouse_position: int
    rebuild: frozenset[str] = frozenset()


def main() -> None:
    """Run the stage as its job arguments say."""
    arguments = read_arguments(sys.argv)
    context = SparkContext.getOrCreate()
    spark = GlueContext(context).spark_session
    targets = _read_targets(sys.argv, context.defaultParallelism)
    ledger = boto3.resource("dynamodb").Table(arguments.ledger_table)
    with reported_stage(ledger, arguments, "publish") as report:
        lake = Lake(arguments.database)
        publish_transactions(spark, lake, arguments, targets, report)


def _read_targets(argv: list[str], cores: int) -> Targets:
    resolved = getResolvedOptions(
        argv, ["lookups_table", "write_units_per_second", "warehouse_position", "rebuild"]
    )
    ceiling = float(resolved["write_units_per_second"])
    lookups = LookupsTable(
        name=resolved["lookups_table"],
        new_client=client_factory(),
        writers=cores,
        write_units_per_second=ceiling or None,
    )
    rebuild = frozenset(resolved["rebuild"].split(",")) & {LOOKUPS, WAREHOUSE}
    return Targets(lookups, int(resolved["warehouse_position"]), rebuild)


def publish_transactions(
    spark: SparkSession, lake: Lake, arguments: JobArguments, targets: Targets, report: StageReport
) -> None:
    """Bring each target from its own position to the current snapshot of `changed_invoices`.

    The usual run finds both targets at one position and reads the changes once.
    """
    log = read_snapshots(spark, lake.changed_invoices)
    end = current_snapshot(spark, lake.changed_invoices)
    # The writers' clients do not retry by themselves; this one does.
    table, client = targets.lookups, boto3.client("dynamodb")
    if LOOKUPS in targets.rebuild:
        forget_lookups_position(client, table.name)
    for_lookups = needed(log, end, read_lookups_position(client, table.name), LOOKUPS, targets)
    for_warehouse = needed(log, end, targets.warehouse_position or None, WAREHOUSE, targets)
    if for_lookups.extent is not Extent.NOTHING:
        changes = _read_changes(spark, lake, for_lookups)
        written = _publish_lookups(spark, lake, changes, arguments.run_id, table)
        report.figures |= asdict(written)
        if end is not None:
            write_lookups_position(client, table.name, end)
    if for_warehouse.extent is not Extent.NOTHING:
        if for_warehouse != for_lookups:
            changes = _read_changes(spark, lake, for_warehouse)
        staged = _stage(changes, arguments, targets.warehouse_position, end or 0)
        report.figures["rows_out"] = staged


def needed(
    log: list[Snapshot], end: int | None, position: int | None, store: str, targets: Targets
) -> PendingRead:
    """Return what a store needs; the WHOLE without a start is all of `transactions`."""
    if store in targets.rebuild:
        return PendingRead(Extent.WHOLE, None, end)
    return pending_read(log, end, position)


@dataclass(frozen=True)
class _Changes:
    """Invoices to rebuild whole.

    Attributes
    ----------
    invoices : their numbers.
    rows : their rows as they are now.
    in_ranges : SQL condition that bounds what is read of the invoices.
    are_all : whether these are all invoices that there are.
    """

    invoices: DataFrame
    rows: DataFrame
    in_ranges: str
    are_all: bool


def _read_changes(spark: SparkSession, lake: Lake, pending: PendingRead) -> _Changes:
    current = spark.table(lake.transactions)
    if pending.start is None:
        rows = current.persist(_SPILLING)
        invoices = rows.select("invoice_no").distinct()
        return _Changes(invoices, rows, range_condition(EVERYWHERE), are_all=True)
    invoices = read_pending(spark, lake.changed_invoices, pending).select("invoice_no").distinct()
    in_ranges = range_condition(covering_ranges(invoices))
    rows = current.where(in_ranges).join(invoices, on="invoice_no", how="semi").persist(_SPILLING)
    return _Changes(invoices, rows, in_ranges, are_all=False)


# The rows of the changed invoices are read for headers, lines, what vanished, and the warehouse.
_SPILLING = StorageLevel.MEMORY_AND_DISK


def _publish_lookups(
    spark: SparkSession, lake: Lake, changes: _Changes, run_id: str, table: LookupsTable
) -> WriteFigures:
    headers = changes.rows.transform(invoice_headers(run_id))
    chunks = changes.rows.transform(invoice_line_chunks(run_id))
    if changes.are_all:
        return rebuild_lookups(headers, chunks, changes.rows.transform(product_items), table)
    written = publish_invoices(headers, chunks, _absent(changes.invoices, changes.rows), table)
    # Every version is in cleansed, so this also names the products that a correction took away.
    versions = spark.table(lake.cleansed).where(changes.in_ranges)
    named = versions.join(changes.invoices, on="invoice_no", how="semi")
    touched = named.select("stock_code").distinct()
    sold = spark.table(lake.transactions).join(touched, on="stock_code", how="semi")
    products = publish_products(sold.transform(product_items), _absent(touched, sold), table)
    return written + products


def _absent(keys: DataFrame, rows: DataFrame) -> DataFrame:
    """Return the keys (one column) that no row has."""
    (name,) = keys.columns
    return keys.join(rows.select(name).distinct(), on=name, how="anti")


def _stage(changes: _Changes, arguments: JobArguments, start: int, end: int) -> int:
    """Stage the changes for the warehouse; return how many rows it will copy."""
    staging = StagingArea(boto3.client("s3"), arguments.lake_bucket, arguments.run_id)
    batch = staging.stage(
        start,
        end,
        changes.rows.transform(sales_facts),
        changes.invoices.coalesce(1),
        replaces_all=changes.are_all,
    )
    return batch.rows


if __name__ == "__main__":
    main()
