"""A GlueContext over objects in memory, with a lake of its own: what cleanse and partition take."""

from __future__ import annotations

import fnmatch
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from contracts.raw_zone import RawObject
from contracts.replay import HourRange
from glue_jobs.cleanse_transactions import RawInput, cleanse_transactions
from glue_jobs.job_arguments import JobArguments
from glue_jobs.lake.tables import Lake, create_missing_tables
from glue_jobs.partition_transactions import partition_transactions
from glue_jobs.replay import Replayer
from glue_jobs.run_ledger import StageReport

LANDED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TRACE = {"received_at", "raw_object", "run_id"}
_SCHEMA = "col0 string, object_path string, object_modified_ms bigint"
_numbers = itertools.count()


class FakeGlue:
    """Reads what is in `objects` (lines by key) as Glue's csv reader would."""

    def __init__(self, spark: SparkSession, objects: Mapping[str, list[str]]) -> None:
        self.spark_session = spark
        self.objects = objects
        self.create_dynamic_frame = SimpleNamespace(from_options=self._from_options)

    def _from_options(self, *, connection_options: dict[str, Any], **_: Any) -> Any:
        excluded = json.loads(connection_options["exclusions"])
        modified_ms = int(LANDED.timestamp() * 1000)
        rows = [
            (line, f"s3://lake/{key}", modified_ms)
            for key, lines in self.objects.items()
            if any(_is_below(key, path, connection_options) for path in connection_options["paths"])
            and not any(fnmatch.fnmatch(key, glob.lstrip("*")) for glob in excluded)
            for line in lines
        ]
        return SimpleNamespace(toDF=lambda: self.spark_session.createDataFrame(rows, _SCHEMA))


def _is_below(key: str, path: str, options: dict[str, Any]) -> bool:
    folder = path.removeprefix("s3://lake/")
    below = key.removeprefix(folder)
    return key.startswith(folder) and (options["recurse"] or "/" not in below)


class FakeStateTable:
    """The state table's items in memory."""

    def __init__(self) -> None:
        self.items: dict[str, dict[str, Any]] = {}

    def put_item(self, Item: dict[str, Any]) -> None:  # noqa: N803 (boto3's name)
        self.items[Item["item"]] = Item

    def get_item(self, Key: dict[str, str], ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        assert ConsistentRead
        item = self.items.get(Key["item"])
        return {"Item": item} if item else {}

    def delete_item(self, Key: dict[str, str]) -> None:  # noqa: N803
        self.items.pop(Key["item"], None)


@dataclass
class LocalLake:
    """A lake, the raw objects that it is derived from, and the rule that a deployment sets.

    Attributes
    ----------
    objects : lines by key.
    zone : time zone of dates without an offset.
    taken : keys that the position says have been read.
    """

    spark: SparkSession
    objects: dict[str, list[str]]
    zone: str = "UTC"
    taken: set[str] = field(default_factory=set)
    state: FakeStateTable = field(default_factory=FakeStateTable)
    lake: Lake = field(default_factory=lambda: Lake(f"lake{next(_numbers)}"))
    report: StageReport = field(default_factory=StageReport)

    def __post_init__(self) -> None:
        self.spark.sql(f"CREATE NAMESPACE glue_catalog.{self.lake.database}")
        create_missing_tables(self.spark, self.lake, 128)

    def cleanse(self) -> LocalLake:
        """Bring all objects into `cleansed` and `quarantine`, as a run after a reset bookmark."""
        self._replayer().complete_unfinished(StageReport())
        self.report = StageReport()
        listed = self._listed()
        raw = RawInput(listed, [each for each in listed if each.key not in self.taken])
        cleanse_transactions(
            FakeGlue(self.spark, self.objects), self._arguments(), self.lake, raw, self.report
        )
        self.taken |= self.objects.keys()
        return self

    def replay(self, first: str, last: str) -> LocalLake:
        """Derive the objects of the hours anew."""
        self.report = StageReport()
        self._replayer().complete_unfinished(StageReport())
        self._replayer().replay([HourRange(first, last)], self.report)
        return self

    def partition(self) -> LocalLake:
        """Bring `transactions` up to `cleansed`."""
        self.report = StageReport()
        partition_transactions(self.spark, self.lake, self._run_id(), self.report)
        return self

    def truth(self) -> dict[str, list[str]]:
        """Return what the tables hold, without the trace of how it came there."""
        return {
            name: self._rows(self.spark.table(getattr(self.lake, name)))
            for name in ("cleansed", "quarantine", "transactions")
        }

    def changed_invoices(self) -> list[str]:
        """Return the invoices that have been told as changed, in the order of their numbers."""
        return sorted(
            row.invoice_no for row in self.spark.table(self.lake.changed_invoices).collect()
        )

    def snapshot_count(self, table: str) -> int:
        """Return how many commits a table has."""
        return self.spark.table(f"{getattr(self.lake, table)}.snapshots").count()

    def _rows(self, table: DataFrame) -> list[str]:
        columns = [name for name in table.columns if name not in TRACE]
        return sorted(str(row.asDict()) for row in table.select(*columns).collect())

    def _replayer(self) -> Replayer:
        return Replayer(
            FakeGlue(self.spark, self.objects), self._arguments(), self.lake, self._listed(),
            self.state,  # type: ignore[arg-type]
        )  # fmt: skip

    def _listed(self) -> list[RawObject]:
        return [RawObject(key, LANDED, 1) for key in self.objects]

    def _run_id(self) -> str:
        return f"run-{next(_numbers)}"

    def _arguments(self) -> JobArguments:
        return JobArguments(
            job_name="cleanse",
            run_id=self._run_id(),
            database=self.lake.database,
            lake_bucket="lake",
            state_table="state",
            ledger_table="ledger",
            shop_time_zone=self.zone,
            target_file_size_mb=128,
            resolved={},
        )
