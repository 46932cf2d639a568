"""Glue job: keeps the lake's files few and its old snapshots short-lived."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import boto3
from awsglue.context import GlueContext
from awsglue.utils import getResolvedOptions
from pyspark import SparkContext
from pyspark.sql import Row, SparkSession
from pyspark.sql import functions as F

from glue_jobs.job_arguments import read_arguments
from glue_jobs.lake.snapshots import read_position
from glue_jobs.lake.tables import CATALOG, Lake, create_missing_tables
from glue_jobs.partition_transactions import POSITION
from glue_jobs.run_ledger import StageReport, reported_stage
from loader.positions import read_lookups_position, read_warehouse_position

# How far back time travel reaches.
KEEP_SNAPSHOTS = timedelta(days=7)
# Iceberg's own lower bound: a younger file without a snapshot may belong to a commit under way.
KEEP_ORPHANS = timedelta(days=3)

# A reader opens a data file together with those that delete rows of it: a run with a correction
# among its rows adds one.
_REWRITE_OPTIONS = {"delete-file-threshold": 5, "remove-dangling-deletes": "true"}


@dataclass(frozen=True)
class Upkeep:
    """How one table is kept.

    Attributes
    ----------
    table : full Spark SQL name.
    sort_order : column by which rewritten files are sorted; None leaves the order.
    needed : snapshots at which its consumers stand.
    """

    table: str
    sort_order: str | None = None
    needed: tuple[int, ...] = ()


def main() -> None:
    """Run the job as its arguments say."""
    arguments = read_arguments(sys.argv)
    spark = GlueContext(SparkContext.getOrCreate()).spark_session
    lake = Lake(arguments.database)
    ledger = boto3.resource("dynamodb").Table(arguments.ledger_table)
    with reported_stage(ledger, arguments, "compact") as report:
        create_missing_tables(spark, lake, arguments.target_file_size_mb)
        published = _read_published(sys.argv, arguments.state_table)
        compact_lake(spark, lake, published, datetime.now(UTC), report)


def _read_published(argv: list[str], state_table: str) -> tuple[int, ...]:
    """Return the snapshots of `changed_invoices` at which the stores stand."""
    lookups_table = getResolvedOptions(argv, ["lookups_table"])["lookups_table"]
    dynamodb = boto3.client("dynamodb")
    return _known(
        read_lookups_position(dynamodb, lookups_table),
        read_warehouse_position(dynamodb, state_table),
    )


def compact_lake(
    spark: SparkSession,
    lake: Lake,
    published: tuple[int, ...],
    now: datetime,
    report: StageReport,
) -> None:
    """Rewrite small files, expire old snapshots and remove orphan files of every table.

    Parameters
    ----------
    published : snapshots of `changed_invoices` from which a store has still to read on.
    """
    for upkeep in (
        Upkeep(lake.cleansed, needed=_known(read_position(spark, lake.transactions, POSITION))),
        Upkeep(lake.quarantine),
        Upkeep(lake.transactions, sort_order="invoice_no"),
        Upkeep(lake.changed_invoices, needed=published),
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
    options = ", ".join(f"'{name}', '{value}'" for name, value in _REWRITE_OPTIONS.items())
    result = _call(
        spark,
        f"rewrite_data_files(table => '{_in_catalog(upkeep)}'{sort}, options => map({options}))",
    )
    assert result is not None  # noqa: S101 (the procedure always answers with one row)
    return result


def _expire(spark: SparkSession, upkeep: Upkeep, now: datetime) -> None:
    """Expire what is older than the time that is kept, but nothing that a consumer has to read.

    The consumers' own snapshots must stay too: an incremental read starts from them.
    """
    needed = (
        spark.table(f"{upkeep.table}.snapshots")
        .where(F.col("snapshot_id").isin(*upkeep.needed))
        .selectExpr("date_format(min(committed_at), 'yyyy-MM-dd HH:mm:ss.SSS') AS committed_at")
        .first()
    )
    older_than = _utc(now - KEEP_SNAPSHOTS)
    if needed is not None and needed.committed_at is not None:
        older_than = min(older_than, needed.committed_at)
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


def _known(*positions: int | None) -> tuple[int, ...]:
    return tuple(position for position in positions if position is not None)


def _in_catalog(upkeep: Upkeep) -> str:
    return upkeep.table.removeprefix(f"{CATALOG}.")


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.000")


if __name__ == "__main__":
    main()
