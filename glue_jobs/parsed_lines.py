"""Raw lines, parsed and counted in the pass that writes them; what is written of the bad ones."""

from __future__ import annotations

from datetime import datetime

from pyspark.sql import DataFrame, Observation, SparkSession
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


class ParsedLines:
    """Parsed lines; the first action on `accepted` counts them, `rejected` reads them again."""

    def __init__(self, lines: DataFrame, shop_time_zone: str, run_id: str) -> None:
        self._parsed = lines.transform(parse_raw_lines(shop_time_zone, run_id))
        self._counted = Observation()
        counts = [F.count_if(F.col("reason") == reason).alias(reason) for reason in Reason]
        self._observed = self._parsed.observe(
            self._counted, F.count(F.lit(1)).alias("rows_in"), *counts
        )

    @property
    def accepted(self) -> DataFrame:
        """The rows of `cleansed`."""
        return self._observed.transform(accepted_transactions)

    @property
    def rejected(self) -> DataFrame:
        """The rows of `quarantine`."""
        return self._parsed.transform(rejected_lines)

    def report(self, report: StageReport) -> None:
        """Note what was counted: call it after the action."""
        counts = dict(self._counted.get)
        report.figures["rows_in"] = counts.pop("rows_in")
        report.rejects |= {reason: count for reason, count in counts.items() if count}


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
