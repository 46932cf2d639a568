"""Raw lines, parsed and counted in the pass that writes them; what is written of the bad ones."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import Column, DataFrame, Observation, SparkSession
from pyspark.sql import functions as F

from contracts.fields import QUARANTINE
from contracts.rejections import Reason
from glue_jobs.lake.tables import Lake
from glue_jobs.raw_lines import UNREADABLE_SCHEMA
from glue_jobs.run_ledger import StageReport
from glue_jobs.transforms.raw_transactions import (
    accepted_transactions,
    parse_raw_lines,
    rejected_lines,
)
from glue_jobs.transforms.unreadable_objects import quarantine_unreadable

# Of so many, the buckets of the rejected lines are kept: at most some megabytes, however many
# lines are bad, and of a few bad lines hardly one more than these is read again.
_BUCKETS = 1 << 20
_BUCKET, _REJECT_BUCKETS = "bucket", "reject_buckets"


class ParsedLines:
    """Parsed lines; the first action on `accepted` counts them, and notes which are rejected."""

    def __init__(self, lines: DataFrame, shop_time_zone: str, run_id: str) -> None:
        self._lines = lines
        self._parse = parse_raw_lines(shop_time_zone, run_id)
        self._counted = Observation()
        reason = F.col("reason")
        counts = [F.count_if(reason == each).alias(each) for each in Reason]
        rejected = F.collect_set(F.when(reason.isNotNull(), _bucket()).cast("string"))
        self._observed = lines.transform(self._parse).observe(
            self._counted,
            F.count(F.lit(1)).alias("rows_in"),
            F.array_join(rejected, ",").alias(_REJECT_BUCKETS),
            *counts,
        )

    @property
    def accepted(self) -> DataFrame:
        """The rows of `cleansed`."""
        return self._observed.transform(accepted_transactions)

    @property
    def rejected(self) -> DataFrame:
        """The rows of `quarantine`, read again: call it after the action."""
        noted = self._counted.get[_REJECT_BUCKETS].split(",")
        rows = [(int(each),) for each in noted if each]
        buckets = self._lines.sparkSession.createDataFrame(rows, f"{_BUCKET} int")
        suspects = self._lines.join(F.broadcast(buckets), _bucket() == F.col(_BUCKET), "semi")
        return suspects.transform(self._parse).transform(rejected_lines)

    def report(self, report: StageReport) -> None:
        """Note what was counted: call it after the action."""
        counts = dict(self._counted.get)
        report.figures["rows_in"] = counts["rows_in"]
        report.rejects |= {str(each): counts[each] for each in Reason if counts[each]}


def _bucket() -> Column:
    """Return a number that equal lines have in common, and few others."""
    return F.pmod(F.xxhash64("line"), F.lit(_BUCKETS)).cast("int")


def append_rejects(rejects: DataFrame, lake: Lake) -> None:
    """Append the rejects whose identity is not there yet: a repeated attempt adds nothing."""
    known = rejects.sparkSession.table(lake.quarantine).select("quarantine_id")
    new = rejects.join(known, on="quarantine_id", how="anti")
    new.select(*[column.name for column in QUARANTINE]).writeTo(lake.quarantine).append()


def append_unreadable(
    spark: SparkSession, lake: Lake, unreadable: list[tuple[str, str, datetime]], run_id: str
) -> None:
    """Put objects that cannot be read, as `find_unreadable` returns them, into quarantine."""
    objects = spark.createDataFrame(unreadable, UNREADABLE_SCHEMA)
    append_rejects(objects.transform(quarantine_unreadable(run_id)), lake)
