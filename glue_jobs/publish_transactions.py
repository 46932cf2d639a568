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
    current_snapshot,
    pending_read,
    read_pending,
    read_snapshots,
)
from glue_jobs.lake.tables import Lake
from glue_jobs.run_ledger import StageReport, reported_stage
from glue_jobs.transforms.invoice_ranges import covering_ranges, range_condition
from glue_jobs.transforms.lookup_items import invoice_headers, invoice_line_chunks, product_items
from glue_jobs.transforms.sales_facts import sales_facts
from glue_jobs.warehouse_batch import StagingArea
from loader.batch_writer import WriteFigures
from loader.dynamodb import LookupsTable, client_factory, publish_invoices, publish_products
from loader.positions import read_lookups_position, write_lookups_position


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
    with reported_stage(ledger, arguments.run_id, "publish") as report:
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
    table, client = targets.lookups, targets.lookups.new_client()
    if LOOKUPS in targets.rebuild:
        forget_lookups_position(client, table.name)
    lookups_position = read_lookups_position(client, table.name)
    for_lookups = pending_read(log, end, lookups_position)
    for_warehouse = pending_read(log, end, targets.warehouse_position or None)
    changes: _Changes | None = None
    if lookups_position is None:
        report.figures |= asdict(_rebuild_lookups(spark, lake, arguments.run_id, table))
    elif for_lookups.extent is not Extent.NOTHING:
        changes = _read_changes(spark, lake, for_lookups)
        report.figures |= asdict(_publish_lookups(spark, lake, changes, arguments.run_id, table))
    if end is not None and (lookups_position is None or changes is not None):
        write_lookups_position(client, table.name, end)
    if WAREHOUSE in targets.rebuild or not targets.warehouse_position:
        position = targets.warehouse_position
        everything = _read_everything(spark, lake)
        report.figures["rows_out"] = _stage(everything, arguments, position, end, replaces_all=True)
    elif for_warehouse.extent is not Extent.NOTHING:
        if changes is None or for_warehouse != for_lookups:
            changes = _read_changes(spark, lake, for_warehouse)
        position = targets.warehouse_position
        report.figures["rows_out"] = _stage(changes, arguments, position, end, replaces_all=False)


@dataclass(frozen=True)
class _Changes:
    """Invoices to rebuild whole: their numbers, and their rows as they are now."""

    invoices: DataFrame
    rows: DataFrame


def _read_changes(spark: SparkSession, lake: Lake, pending: PendingRead) -> _Changes:
    invoices = read_pending(spark, lake.changed_invoices, pending).select("invoice_no").distinct()
    in_ranges = range_condition(covering_ranges(invoices))
    current = spark.table(lake.transactions).where(in_ranges)
    rows = current.join(invoices, on="invoice_no", how="semi").persist(_SPILLING)
    return _Changes(invoices, rows)


# The rows of the changed invoices are read for headers, lines, what vanished, and the warehouse.
_SPILLING = StorageLevel.MEMORY_AND_DISK


def _publish_lookups(
    spark: SparkSession, lake: Lake, changes: _Changes, run_id: str, table: LookupsTable
) -> WriteFigures:
    written = publish_invoices(
        changes.rows.transform(invoice_headers(run_id)),
        changes.rows.transform(invoice_line_chunks(run_id)),
        _absent(changes.invoices, changes.rows),
        table,
    )
    # Every version is in cleansed, so this also names the products that a correction took away.
    named = spark.table(lake.cleansed).join(changes.invoices, on="invoice_no", how="semi")
    touched = named.select("stock_code").distinct()
    sold = spark.table(lake.transactions).join(touched, on="stock_code", how="semi")
    products = publish_products(sold.transform(product_items), _absent(touched, sold), table)
    return written + products


def _absent(keys: DataFrame, rows: DataFrame) -> DataFrame:
    """Return the keys (one column) that no row has."""
    (name,) = keys.columns
    return keys.join(rows.select(name).distinct(), on=name, how="anti")


def _stage(changes: _Changes, arguments: JobArguments, pending: PendingRead) -> int:
    """Stage the changes for the warehouse; return how many rows it will copy."""
    staging = StagingArea(boto3.client("s3"), arguments.lake_bucket, arguments.run_id)
    batch = staging.stage(
        pending.start or 0,
        pending.end or 0,
        changes.rows.transform(sales_facts),
        changes.invoices.coalesce(1),
    )
    return batch.rows


if __name__ == "__main__":
    main()
