"""Glue job: turns the raw objects that are new into `cleansed` rows and `quarantine` rows.

Asked for a replay, it derives the raw objects of some ingest hours anew instead.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import boto3
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from py4j.protocol import Py4JJavaError
from pyspark import SparkContext
from pyspark.sql import Column, DataFrame, Observation, SparkSession
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
        taken = unread_objects(listed, read_position(state))
        cleanse_transactions(glue, arguments, lake, RawInput(listed, taken), report)
        if taken and (report.figures["rows_in"] or report.rejects):
            report.moments["oldest_object_at"] = min(raw.last_modified for raw in taken)
        job.commit()
        position = position_item(listed, arguments.run_id, datetime.now(UTC))
        if position is not None:
            state.put_item(Item=position)


@dataclass(frozen=True)
class RawInput:
    """The raw objects of a run.

    Attributes
    ----------
    listed : all that there are.
    expected : those that no run before has taken. The bookmark says what is read; after its reset
        that is more.
    unreadable : keys of those that cannot be read to their end, as far as is known.
    """

    listed: list[RawObject]
    expected: list[RawObject]
    unreadable: tuple[str, ...] = ()


def cleanse_transactions(
    glue: GlueContext,
    arguments: JobArguments,
    lake: Lake,
    raw: RawInput,
    report: StageReport,
) -> None:
    """Bring the new raw lines into the lake; the caller then commits the bookmark.

    An object that cannot be read to its end fails the whole read, so it is looked for only then:
    the usual run reads its input once.
    """
    try:
        _cleanse(glue, arguments, lake, raw, report)
    except Py4JJavaError:
        unreadable = find_unreadable(glue.spark_session, arguments.lake_bucket, raw.listed)
        if not unreadable:
            raise
        append_unreadable(glue.spark_session, lake, unreadable, arguments.run_id)
        without = replace(raw, unreadable=tuple(key for key, *_ in unreadable))
        _cleanse(glue, arguments, lake, without, report)
        report.rejects[Reason.UNREADABLE_OBJECT] = len(unreadable)


def _cleanse(
    glue: GlueContext,
    arguments: JobArguments,
    lake: Lake,
    raw: RawInput,
    report: StageReport,
) -> None:
    """Append the accepted rows, then the rejects: one pass over the input if no line is bad.

    Each append is one commit, so an object is in `cleansed` as a whole or not at all, and a reject
    is told by its identity. A death anywhere repeats harmlessly: the bookmark moves last.
    """
    lines = read_new_lines(glue, arguments.lake_bucket, raw.unreadable)
    if lines is None:
        report.figures |= {"rows_in": 0, "rows_out": 0}
        return
    parsed = ParsedLines(lines, arguments.shop_time_zone, arguments.run_id)
    spark = glue.spark_session
    _append_new_objects(parsed.accepted, lake, arguments.run_id, raw.expected)
    parsed.report(report)
    report.figures["rows_out"] = _appended_rows(spark, lake, arguments.run_id)
    if report.rejects:
        append_rejects(parsed.rejected, lake)


def _append_new_objects(
    accepted: DataFrame, lake: Lake, run_id: str, expected: list[RawObject]
) -> None:
    """Append the rows of the raw objects that no earlier attempt has appended.

    Keys grow with time, so what may hold the expected objects is a few files of a long history.
    Only where other objects were read, all of it is looked through, for those, in a second commit.
    """
    from_key = min((raw.key for raw in expected), default="")
    is_expected = F.col("raw_object") >= from_key
    others = Observation()
    counted = accepted.observe(others, F.count_if(~is_expected).alias("rows"))
    _append_unknown(counted.where(is_expected), lake, run_id, is_expected)
    if others.get["rows"]:
        _append_unknown(accepted.where(~is_expected), lake, run_id, ~is_expected)


def _append_unknown(rows: DataFrame, lake: Lake, run_id: str, where_held: Column) -> None:
    """Append the rows of objects of which `cleansed` holds none, in one commit."""
    held = rows.sparkSession.table(lake.cleansed).where(where_held)
    known = held.select("raw_object").distinct()
    new = rows.join(F.broadcast(known), on="raw_object", how="anti")
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
