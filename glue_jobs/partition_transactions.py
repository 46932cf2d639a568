"""Glue job: merges the newly cleansed records into `transactions`, the truth by month."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import boto3
from awsglue.context import GlueContext
from pyspark import SparkContext, StorageLevel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.fields import INGEST_DATE, TRANSACTIONS
from glue_jobs.job_arguments import read_arguments
from glue_jobs.lake.snapshots import (
    Extent,
    PendingRead,
    current_snapshot,
    pending_read,
    read_pending,
    read_position,
    read_snapshots,
    rewritten_rows,
    write_position,
)
from glue_jobs.lake.tables import Lake, create_missing_tables
from glue_jobs.run_ledger import StageReport, reported_stage
from glue_jobs.transforms.contested_events import split_contested
from glue_jobs.transforms.invoice_ranges import EVERYWHERE, covering_ranges, range_condition
from glue_jobs.transforms.versions import (
    COMPARED,
    OTHER,
    SAME,
    count_outcomes,
    latest_version,
    settle_conflicts,
    standing_against,
)

_COLUMNS = [column.name for column in TRANSACTIONS]
_IS_GONE = "is_gone"

# So many invoice numbers are sent to every executor; of a batch with more, ranges must do.
_MOST_INVOICES = 1_000_000
# So many changed events are named in the merge's condition.
_MOST_HELD = 10_000

POSITION = "etl.cleansed-snapshot-id"


def main() -> None:
    """Run the stage as its job arguments say."""
    arguments = read_arguments(sys.argv)
    spark = GlueContext(SparkContext.getOrCreate()).spark_session
    lake = Lake(arguments.database)
    ledger = boto3.resource("dynamodb").Table(arguments.ledger_table)
    with reported_stage(ledger, arguments, "partition") as report:
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
    """Merge what is new, and tell of it.

    Most events come once and never before: they go from `cleansed` into the merge as they are,
    and only the rows of the others are compared.
    """
    is_new = current_snapshot(spark, lake.transactions) is None
    incoming = _incoming(spark, lake, pending, is_new=is_new)
    in_ranges = EVERYWHERE if is_new else covering_ranges(incoming.touched)
    current = spark.table(lake.transactions).where(range_condition(in_ranges))
    known = current.select(*COMPARED) if is_new else _known(current, incoming.touched)
    split = split_contested(incoming.rows, known)
    classified = (
        split.contested.transform(latest_version)
        .transform(standing_against(known))
        .persist(_SPILLING)
    )
    outcomes = _count_outcomes(classified)
    if pending.extent is Extent.APPENDS and outcomes["corrections"]:
        versions = _later_versions(spark, lake, pending, classified)
        settle = settle_conflicts(known, versions)
        classified = classified.transform(settle).persist(_SPILLING)
        outcomes = _count_outcomes(classified)
    outcomes["inserted"] += split.row_count - sum(outcomes.values())
    changes = classified.where(F.col("standing") != SAME).select(*_COLUMNS)
    changes = changes.unionByName(split.uncontested.select(*_COLUMNS))
    changes = changes.withColumn(_IS_GONE, F.lit(False))
    held = classified.where(F.col("standing") == OTHER).select("event_id")
    vanished = 0
    if incoming.may_vanish:
        gone = _vanished(current, incoming).persist(_SPILLING)
        vanished = gone.count()
        changes = changes.unionByName(gone.withColumn(_IS_GONE, F.lit(True)))
        held = held.union(gone.select("event_id"))
    if outcomes["inserted"] + outcomes["corrections"] + vanished > 0:
        _append_changed_invoices(changes, lake, run_id)
        scanned = f"{range_condition(in_ranges, 't.invoice_no')} AND {_event_condition(held)}"
        _merge(spark, changes, lake, scanned)
    report.figures |= outcomes
    report.figures["rows_in"] = sum(outcomes.values())
    report.figures["rows_out"] = outcomes["inserted"] + outcomes["corrections"]
    report.figures |= {"vanished": vanished} if vanished else {}


def _known(current: DataFrame, touched: DataFrame) -> DataFrame:
    """Return what the table holds of the touched invoices, to be compared with: read once."""
    invoices = touched.select("invoice_no").distinct().persist(_SPILLING)
    if invoices.count() <= _MOST_INVOICES:
        current = current.join(F.broadcast(invoices), on="invoice_no", how="semi")
    return current.select(*COMPARED).persist(_SPILLING)


def _count_outcomes(classified: DataFrame) -> dict[str, int]:
    outcomes = count_outcomes(classified).first()
    assert outcomes is not None  # noqa: S101 (an aggregate without keys always has one row)
    counts: dict[str, int] = outcomes.asDict()
    return counts


def _later_versions(
    spark: SparkSession, lake: Lake, pending: PendingRead, classified: DataFrame
) -> DataFrame:
    """Return the rows of `cleansed` among which the truth of every conflict is.

    The latest version is not older than the batch's own winner, so of a long history only the
    files with receipts as late as that are opened.
    """
    conflicts = classified.where(F.col("standing") == OTHER)
    earliest = conflicts.select(F.min("received_at").cast("string")).first()
    assert earliest is not None  # noqa: S101 (as above)
    is_late = F.col("received_at") >= F.lit(earliest[0]).cast("timestamp_ntz")
    every_version = spark.read.option("snapshot-id", str(pending.end)).table(lake.cleansed)
    return every_version.where(is_late).where(range_condition(covering_ranges(conflicts)))


@dataclass(frozen=True)
class _Incoming:
    """What is to be brought into `transactions`.

    Attributes
    ----------
    rows : new rows of `cleansed`; where rows of it were replaced, every row of the events touched.
    touched : rows that name the events, and the invoices, that may have changed.
    may_vanish : whether `transactions` may hold events of which `cleansed` holds no row any more.
    """

    rows: DataFrame
    touched: DataFrame
    may_vanish: bool


def _incoming(spark: SparkSession, lake: Lake, pending: PendingRead, *, is_new: bool) -> _Incoming:
    rows = read_pending(spark, lake.cleansed, pending)
    if pending.extent is Extent.APPENDS or is_new:
        return _Incoming(rows, rows, may_vanish=False)
    names = ["event_id", "invoice_no"]
    if pending.extent is Extent.REWRITTEN:
        touched = rewritten_rows(spark, lake.cleansed, pending, INGEST_DATE.name)
        touched = touched.select(*names).distinct().persist(_SPILLING)
        rows = rows.join(touched.select("event_id").distinct(), "event_id", "semi")
        return _Incoming(rows, touched, may_vanish=True)
    held = spark.table(lake.transactions).select(*names)
    return _Incoming(rows, rows.select(*names).unionByName(held), may_vanish=True)


def _vanished(current: DataFrame, incoming: _Incoming) -> DataFrame:
    """Return the transactions whose events were touched, and of which `cleansed` holds no row."""
    touched, held = (rows.select("event_id") for rows in (incoming.touched, incoming.rows))
    gone = current.join(held, on="event_id", how="anti").join(touched, on="event_id", how="semi")
    return gone.select(*_COLUMNS)


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


def _event_condition(held: DataFrame) -> str:
    """Return an SQL condition that holds for the rows of `t` that are of the given events.

    Iceberg cannot take it for its own: what it reads, and guards against other writers, stays all
    that is in the ranges. But of that only these few rows go into the join.
    """
    hashes = held.select(F.xxhash64("event_id")).distinct().take(_MOST_HELD + 1)
    if len(hashes) > _MOST_HELD:
        return "true"
    # One more than there are: an empty list would be false at sight, and nothing guarded then.
    return f"xxhash64(t.event_id) IN ({', '.join(['0', *(str(row[0]) for row in hashes)])})"


def _merge(spark: SparkSession, changes: DataFrame, lake: Lake, scanned: str) -> None:
    """Upsert the changes, and delete those that are gone, in one commit.

    The WHEN clauses stay although inserts alone would often do: Iceberg validates a merge that
    may update against concurrent commits, an insert-only one it does not (apache/iceberg#12653).
    The range condition reaches the scan of the target, so untouched files are not opened.

    Parameters
    ----------
    scanned : SQL condition on the target `t` that holds for every row to be changed.
    """
    changes.createOrReplaceTempView("changes")
    spark.sql(
        f"MERGE INTO {lake.transactions} t USING changes s "
        f"ON t.event_id = s.event_id AND {scanned} "
        f"WHEN MATCHED AND s.{_IS_GONE} THEN DELETE WHEN MATCHED THEN UPDATE SET * "
        f"WHEN NOT MATCHED AND NOT s.{_IS_GONE} THEN INSERT *"
    )


if __name__ == "__main__":
    main()
