"""Glue job: keeps the lake's files few and its old snapshots short-lived."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3
from awsglue.context import GlueContext
from pyspark import SparkContext
from pyspark.sql import Row, SparkSession

from glue_jobs.job_arguments import read_arguments
from glue_jobs.lake.snapshots import read_position
from glue_jobs.lake.tables import CATALOG, Lake, create_missing_tables
from glue_jobs.partition_transactions import POSITION
from glue_jobs.run_ledger import StageReport, reported_stage

# How far back time travel reaches.
KEEP_SNAPSHOTS = timedelta(days=7)
# Iceberg's own lower bound: a younger file without a snapshot may belong to a commit under way.
KEEP_ORPHANS = timedelta(days=3)


@dataclass(frozen=True)
class Upkeep:
    """How one table is kept.

    Attributes
    ----------
    table : full Spark SQL name.
    sort_order : column by which rewritten files are sorted; None leaves the order.
    oldest_needed : snapshot that a consumer's position still refers to; None if there is none.
    """

    table: str
    sort_order: str | None
    oldest_needed: int | None


def main() -> None:
    """Run the job as its arguments say."""
    arguments = read_arguments(sys.argv)
    spark = GlueContext(SparkContext.getOrCreate()).spark_session
    lake = Lake(arguments.database)
    ledger = boto3.resource("dynamodb").Table(arguments.ledger_table)
    with reported_stage(ledger, arguments.run_id, "compact") as report:
        create_missing_tables(spark, lake, arguments.target_file_size_mb)
        compact_lake(spark, lake, datetime.now(UTC), report)


def compact_lake(spark: SparkSession, lake: Lake, now: datetime, report: StageReport) -> None:
    """Rewrite small files, expire old snapshots and remove orphan files of every table."""
    consumed = read_position(spark, lake.transactions, POSITION)
    for upkeep in (
        Upkeep(lake.cleansed, None, consumed),
        Upkeep(lake.quarantine, None, None),
        Upkeep(lake.transactions, "invoice_no", None),
        Upkeep(lake.changed_invoices, None, None),
    ):
        rewritten = _rewrite(spark, upkeep)
        _add(report, "files_in", rewritten.rewritten_data_files_count)
        _add(report, "files_out", rewritten.added_data_files_count)
        _expire(spark, upkeep, now)
        _remove_orphans(spark, upkeep, now)


def _add(report: StageReport, name: str, count: int) -> None:
    report.figures[name] = report.figures.get(name, 0) + count


def _rewrite(spark: SparkSession, upkeep: Upkeep) -> Row:
    sort = f", strategy => 'sort', sort_order => '{upkeep.sort_order}'" if upkeep.sort_order else ""
    result = _call(spark, f"rewrite_data_files(table => '{_in_catalog(upkeep)}'{sort})")
    assert result is not None  # noqa: S101 (the procedure always answers with one row)
    return result


def _expire(spark: SparkSession, upkeep: Upkeep, now: datetime) -> None:
    """Expire what is older than the time that is kept, but nothing that a consumer has to read.

    The consumer's own snapshot must stay too: an incremental read starts from it.
    """
    older_than = _utc(now - KEEP_SNAPSHOTS)
    if upkeep.oldest_needed is not None:
        committed = (
            spark.table(f"{upkeep.table}.snapshots")
            .where(f"snapshot_id = {upkeep.oldest_needed}")
            .selectExpr("date_format(committed_at, 'yyyy-MM-dd HH:mm:ss.SSS') AS committed_at")
            .first()
        )
        if committed is not None:
            older_than = min(older_than, committed.committed_at)
    _call(
        spark,
        f"expire_snapshots(table => '{_in_catalog(upkeep)}', "
        f"older_than => TIMESTAMP '{older_than}', retain_last => 1)",
    )


def _remove_orphans(spark: SparkSession, upkeep: Upkeep, now: datetime) -> None:
    _call(
        spark,
        f"remove_orphan_files(table => '{_in_catalog(upkeep)}', "
        f"older_than => TIMESTAMP '{_utc(now - KEEP_ORPHANS)}')",
    )


def _call(spark: SparkSession, procedure: str) -> Row | None:
    return spark.sql(f"CALL {CATALOG}.system.{procedure}").first()


def _in_catalog(upkeep: Upkeep) -> str:
    return upkeep.table.removeprefix(f"{CATALOG}.")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.000")


if __name__ == "__main__":
    main()
