"""Glue job: turns the raw objects that are new into `cleansed` rows and `quarantine` rows.

Asked for a replay, it derives the raw objects of some ingest hours anew instead.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from py4j.protocol import Py4JJavaError
from pyspark import SparkContext
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.fields import CLEANSED
from contracts.raw_zone import RawObject
from contracts.rejections import Reason
from contracts.replay import parse_ranges
from glue_jobs.job_arguments import JobArguments, read_arguments
from glue_jobs.lake.tables import Lake, create_missing_tables
from glue_jobs.parsed_lines import ParsedLines, append_rejects, append_unreadable
from glue_jobs.raw_lines import find_unreadable, read_new_lines
from glue_jobs.raw_objects import (
    list_raw_objects,
    position_item,
    read_position,
    unread_objects,
)
from glue_jobs.replay import Replayer
from glue_jobs.run_ledger import StageReport, reported_stage

_RUN_PROPERTY = "etl.run-id"


def main() -> None:
    """Run the stage as its job arguments say; a replay leaves bookmark and position alone."""
    arguments = read_arguments(sys.argv)
    ranges = parse_ranges(getResolvedOptions(sys.argv, ["replay"])["replay"])
    glue = GlueContext(SparkContext.getOrCreate())
    job = Job(glue)
    job.init(arguments.job_name, arguments.resolved)
    dynamodb = boto3.resource("dynamodb")
    # Listed before the bookmark lists: what arrives between the two is read now, and merely
    # counted as pending once more.
    listed = list_raw_objects(boto3.client("s3"), arguments.lake_bucket)
    lake, state = Lake(arguments.database), dynamodb.Table(arguments.state_table)
    ledger = dynamodb.Table(arguments.ledger_table)
    with reported_stage(ledger, arguments, "cleanse") as report:
        create_missing_tables(glue.spark_session, lake, arguments.target_file_size_mb)
        replayer = Replayer(glue, arguments, lake, listed, state)
        replayer.complete_unfinished(StageReport())
        if ranges:
            replayer.replay(ranges, report)
            return
        cleanse_transactions(glue, arguments, lake, listed, report)
        taken = unread_objects(listed, read_position(state))
        if taken and (report.figures["rows_in"] or report.rejects):
            report.moments["oldest_object_at"] = min(raw.last_modified for raw in taken)
        job.commit()
        position = position_item(listed, arguments.run_id, datetime.now(UTC))
        if position is not None:
            state.put_item(Item=position)


def cleanse_transactions(
    glue: GlueContext,
    arguments: JobArguments,
    lake: Lake,
    listed: list[RawObject],
    report: StageReport,
) -> None:
    """Bring the new raw lines into the lake; the caller then commits the bookmark.

    An object that cannot be read to its end fails the whole read, so it is looked for only then:
    the usual run reads its input once.
    """
    try:
        _cleanse(glue, arguments, lake, [], report)
    except Py4JJavaError:
        unreadable = find_unreadable(glue.spark_session, arguments.lake_bucket, listed)
        if not unreadable:
            raise
        append_unreadable(glue.spark_session, lake, unreadable, arguments.run_id)
        _cleanse(glue, arguments, lake, [key for key, *_ in unreadable], report)
        report.rejects[Reason.UNREADABLE_OBJECT] = len(unreadable)


def _cleanse(
    glue: GlueContext,
    arguments: JobArguments,
    lake: Lake,
    unreadable: list[str],
    report: StageReport,
) -> None:
    """Append the accepted rows, then the rejects: one pass over the input if no line is bad.

    Each append is one commit, so an object is in `cleansed` as a whole or not at all, and a reject
    is told by its identity. A death anywhere repeats harmlessly: the bookmark moves last.
    """
    lines = read_new_lines(glue, arguments.lake_bucket, unreadable)
    if lines is None:
        report.figures |= {"rows_in": 0, "rows_out": 0}
        return
    parsed = ParsedLines(lines, arguments.shop_time_zone, arguments.run_id)
    spark = glue.spark_session
    _append_new_objects(spark, parsed.accepted, lake, arguments.run_id)
    parsed.report(report)
    report.figures["rows_out"] = _appended_rows(spark, lake, arguments.run_id)
    if report.rejects:
        append_rejects(parsed.rejected, lake)


def _append_new_objects(spark: SparkSession, accepted: DataFrame, lake: Lake, run_id: str) -> None:
    """Append the rows of the raw objects that no earlier attempt has appended, in one commit."""
    known = spark.table(lake.cleansed).select("raw_object").distinct()
    new = accepted.join(F.broadcast(known), on="raw_object", how="anti")
    ordered = new.select(*[column.name for column in CLEANSED])
    ordered.writeTo(lake.cleansed).option(f"snapshot-property.{_RUN_PROPERTY}", run_id).append()


def _appended_rows(spark: SparkSession, lake: Lake, run_id: str) -> int:
    """Return how many rows this run's append has added, as Iceberg counted them."""
    summary = F.col("summary")
    own = spark.table(f"{lake.cleansed}.snapshots").where(summary[_RUN_PROPERTY] == run_id)
    added = own.agg(F.sum(summary["added-records"].cast("bigint"))).first()
    return int(added[0] or 0) if added else 0


if __name__ == "__main__":
    main()
