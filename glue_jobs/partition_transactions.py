"""Glue job: merges the newly cleansed records into `transactions`, the truth by month."""

from __future__ import annotations

import sys

import boto3
from awsglue.context import GlueContext
from pyspark import SparkContext, StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.fields import TRANSACTIONS
from glue_jobs.job_arguments import read_arguments
from glue_jobs.lake.snapshots import (
    Extent,
    PendingRead,
    current_snapshot,
    pending_read,
    read_pending,
    read_position,
    read_snapshots,
    write_position,
)
from glue_jobs.lake.tables import Lake, create_missing_tables
from glue_jobs.run_ledger import StageReport, reported_stage
from glue_jobs.transforms.invoice_ranges import Range, covering_ranges, range_condition
from glue_jobs.transforms.versions import (
    OTHER,
    SAME,
    count_outcomes,
    latest_version,
    settle_conflicts,
    standing_against,
)

_COLUMNS = [column.name for column in TRANSACTIONS]

POSITION = "etl.cleansed-snapshot-id"


def main() -> None:
    """Run the stage as its job arguments say."""
    arguments = read_arguments(sys.argv)
    spark = GlueContext(SparkContext.getOrCreate()).spark_session
    lake = Lake(arguments.database)
    ledger = boto3.resource("dynamodb").Table(arguments.ledger_table)
    with reported_stage(ledger, arguments.run_id, "partition") as report:
        create_missing_tables(spark, lake, arguments.target_file_size_mb)
        partition_transactions(spark, lake, arguments.run_id, report)


def partition_transactions(
    spark: SparkSession, lake: Lake, run_id: str, report: StageReport
) -> None:
    """Bring `transactions` up to the current snapshot of `cleansed`.

    The position is set after the data commit, so a death at any point repeats a merge whose rows
    are then all duplicates.
    """
    pending = pending_read(
        read_snapshots(spark, lake.cleansed),
        current_snapshot(spark, lake.cleansed),
        read_position(spark, lake.transactions, POSITION),
    )
    if pending.extent is not Extent.NOTHING:
        _merge_pending(spark, lake, run_id, pending, report)
    if pending.end is not None and pending.end != pending.start:
        write_position(spark, lake.transactions, POSITION, pending.end)


def _merge_pending(
    spark: SparkSession, lake: Lake, run_id: str, pending: PendingRead, report: StageReport
) -> None:
    incoming = read_pending(spark, lake.cleansed, pending)
    ranges = covering_ranges(incoming)
    current = spark.table(lake.transactions).where(range_condition(ranges))
    classified = (
        incoming.transform(latest_version).transform(standing_against(current)).persist(_SPILLING)
    )
    if not classified.where(F.col("standing") == OTHER).isEmpty():
        every_version = spark.read.option("snapshot-id", str(pending.end)).table(lake.cleansed)
        unsettled = classified
        classified = unsettled.transform(settle_conflicts(current, every_version)).persist(
            _SPILLING
        )
    outcomes = count_outcomes(classified).first()
    assert outcomes is not None  # noqa: S101 (an aggregate without keys always has one row)
    changes = classified.where(F.col("standing") != SAME)
    if outcomes.inserted + outcomes.corrections > 0:
        _append_changed_invoices(changes, lake, run_id)
        _merge(spark, changes.select(*_COLUMNS), lake, ranges)
    if pending.extent is Extent.WHOLE and pending.start is not None:
        _delete_vanished(spark, incoming, lake, run_id)
    report.figures |= outcomes.asDict()
    report.figures["rows_in"] = sum(outcomes)
    report.figures["rows_out"] = outcomes.inserted + outcomes.corrections


# Winners wait for the count of conflicts; a batch larger than the memory goes to disk.
_SPILLING = StorageLevel.MEMORY_AND_DISK


def _append_changed_invoices(changes: DataFrame, lake: Lake, run_id: str) -> None:
    """Tell the consumers which invoices to rebuild, before the merge: twice is harmless."""
    invoices = changes.select("invoice_no").distinct().coalesce(1)
    invoices.select(
        "invoice_no",
        F.lit(run_id).alias("run_id"),
        F.current_timestamp().cast("timestamp_ntz").alias("changed_at"),
    ).writeTo(lake.changed_invoices).append()


def _merge(spark: SparkSession, changes: DataFrame, lake: Lake, ranges: list[Range]) -> None:
    """Upsert the changes in one commit.

    Both WHEN clauses stay although inserts alone would often do: Iceberg validates a merge that
    may update against concurrent commits, an insert-only one it does not (apache/iceberg#12653).
    The range condition reaches the scan of the target, so untouched files are not opened.
    """
    changes.createOrReplaceTempView("changes")
    spark.sql(
        f"MERGE INTO {lake.transactions} t USING changes s "
        f"ON t.event_id = s.event_id AND {range_condition(ranges, 't.invoice_no')} "
        "WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *"
    )


def _delete_vanished(spark: SparkSession, incoming: DataFrame, lake: Lake, run_id: str) -> None:
    """Remove the events that `cleansed`, derived from as a whole, no longer holds."""
    kept = incoming.select("event_id").distinct()
    vanished = spark.table(lake.transactions).join(kept, on="event_id", how="anti")
    vanished = vanished.persist(_SPILLING)
    if vanished.isEmpty():
        return
    _append_changed_invoices(vanished, lake, run_id)
    vanished.select("event_id").createOrReplaceTempView("vanished")
    spark.sql(
        f"DELETE FROM {lake.transactions} "  # noqa: S608 (a table name of ours)
        "WHERE event_id IN (SELECT event_id FROM vanished)"
    )


if __name__ == "__main__":
    main()
