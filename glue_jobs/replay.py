"""Derives raw objects anew, outside the bookmark, and replaces what was derived from them before.

A replay replaces the rows of its objects in one commit of `cleansed`, then in one of `quarantine`.
Before the first of the two nothing has happened, and the failed execution says so. A replay that
died between them is completed by the next run of cleanse, whichever execution that is: an item of
the state table remembers it, the pending-work function takes the item for work to do, and deriving
the objects once more ends in the same rows. Once both are committed it is a change of `cleansed`
like any other, which the later stages consume by their positions.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from awsglue.context import GlueContext
from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.fields import CLEANSED, INGEST_DATE, QUARANTINE
from contracts.raw_zone import RawObject
from contracts.rejections import Reason
from contracts.replay import REPLAY_ITEM, HourRange, covered, format_ranges, parse_ranges
from glue_jobs.job_arguments import JobArguments
from glue_jobs.lake.snapshots import current_snapshot
from glue_jobs.lake.tables import Lake
from glue_jobs.parsed_lines import ParsedLines, append_unreadable
from glue_jobs.raw_lines import find_unreadable, read_folders
from glue_jobs.run_ledger import StageReport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

_NAME_PROPERTY = "etl.replay"


@dataclass(frozen=True)
class Replay:
    """A replay under way.

    Attributes
    ----------
    name : what its commit of `cleansed` is known by.
    ranges : the ingest hours of its objects.
    """

    name: str
    ranges: list[HourRange]


@dataclass(frozen=True)
class Replayer:
    """Replays, and remembers what it is at.

    Attributes
    ----------
    listed : the raw objects that there are.
    state : the state table.
    """

    glue: GlueContext
    arguments: JobArguments
    lake: Lake
    listed: list[RawObject]
    state: Table

    def replay(self, ranges: list[HourRange], report: StageReport) -> None:
        """Derive the objects of these ingest hours anew; no object there is no error."""
        replay = Replay(uuid.uuid4().hex, ranges)
        base = current_snapshot(self.glue.spark_session, self.lake.cleansed)
        self.state.put_item(
            Item={
                "item": REPLAY_ITEM,
                "name": replay.name,
                "ranges": format_ranges(ranges),
                "cleansed_before": base,
                "run_id": self.arguments.run_id,
            }
        )
        self._run(replay, report)

    def complete_unfinished(self, report: StageReport) -> None:
        """Complete the replay that died between its two commits, if there is one."""
        item = self.state.get_item(Key={"item": REPLAY_ITEM}, ConsistentRead=True).get("Item")
        if item is None:
            return
        if not self._was_committed(str(item["name"]), item["cleansed_before"]):
            self._forget()
            return
        self._run(Replay(str(item["name"]), parse_ranges(str(item["ranges"]))), report)

    def _was_committed(self, name: str, before: object) -> bool:
        """Return whether the replay's commit of `cleansed` is there, or may have expired."""
        log = self.glue.spark_session.table(f"{self.lake.cleansed}.snapshots")
        if not log.where(F.col("summary")[_NAME_PROPERTY] == name).isEmpty():
            return True
        is_expired = before is not None and log.where(F.col("snapshot_id") == int(str(before)))
        return is_expired is not False and is_expired.isEmpty()

    def _run(self, replay: Replay, report: StageReport) -> None:
        selected = covered(self.listed, replay.ranges)
        report.figures |= {"rows_in": 0, "rows_out": 0, "files_in": len(selected)}
        if selected:
            self._derive_readable(replay, selected, report)
        self._forget()

    def _forget(self) -> None:
        self.state.delete_item(Key={"item": REPLAY_ITEM})

    def _derive_readable(
        self, replay: Replay, selected: list[RawObject], report: StageReport
    ) -> None:
        """Derive what can be read to its end.

        Of an object that cannot be read any more the rows stay: nothing could take their place.
        """
        folders = sorted({_folder(raw) for raw in selected})
        try:
            self._derive(replay, selected, folders, [], report)
        except Py4JJavaError:
            spark, run_id = self.glue.spark_session, self.arguments.run_id
            beside = [raw for raw in self.listed if _folder(raw) in set(folders)]
            found = find_unreadable(spark, self.arguments.lake_bucket, beside)
            if not found:
                raise
            unreadable = {key for key, *_ in found}
            readable = [raw for raw in selected if raw.key not in unreadable]
            asked_for = {raw.key for raw in selected} & unreadable
            if asked_for:
                rows = [row for row in found if row[0] in asked_for]
                append_unreadable(spark, self.lake, rows, run_id)
            self._derive(replay, readable, folders, sorted(unreadable), report)
            if asked_for:
                report.rejects[Reason.UNREADABLE_OBJECT] = len(asked_for)

    def _derive(
        self,
        replay: Replay,
        objects: list[RawObject],
        folders: list[str],
        unreadable: list[str],
        report: StageReport,
    ) -> None:
        bucket, spark = self.arguments.lake_bucket, self.glue.spark_session
        lines = read_folders(self.glue, bucket, folders, unreadable) if objects else None
        if lines is None:
            return
        keys = F.broadcast(
            spark.createDataFrame([(raw.key,) for raw in objects], "raw_object string")
        )
        parsed = ParsedLines(
            lines.join(keys, on="raw_object", how="semi"),
            self.arguments.shop_time_zone,
            self.arguments.run_id,
        )
        columns = [column.name for column in CLEANSED]
        replace_rows(spark, self.lake.cleansed, keys, parsed.accepted.select(*columns), replay.name)
        parsed.report(report)
        report.figures["rows_out"] = report.figures["rows_in"] - sum(report.rejects.values())
        columns = [column.name for column in QUARANTINE]
        rejected = parsed.rejected.select(*columns)
        replace_rows(spark, self.lake.quarantine, keys, rejected, replay.name)


def replace_rows(
    spark: SparkSession, table: str, keys: DataFrame, rows: DataFrame, name: str
) -> None:
    """Put `rows` in place of all rows of the objects `keys`, in one commit.

    An overwrite takes whole files, so the days that hold such rows are written anew with what
    stays; the other days' files are not touched.
    """
    existing = spark.table(table)
    replaced = existing.join(keys, on="raw_object", how="semi")
    days = [row[0] for row in replaced.select(INGEST_DATE.name).distinct().collect()]
    in_days = F.col(INGEST_DATE.name).isin(days)
    kept = existing.where(in_days).join(keys, on="raw_object", how="anti").select(*rows.columns)
    writer = kept.unionByName(rows).writeTo(table)
    writer.option(f"snapshot-property.{_NAME_PROPERTY}", name).overwrite(in_days)


def _folder(raw: RawObject) -> str:
    return raw.key[: raw.key.rindex("/") + 1]
