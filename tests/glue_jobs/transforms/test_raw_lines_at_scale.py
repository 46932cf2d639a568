"""Spark and a second implementation agree on a hundred thousand raw lines, hostile ones too."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from glue_jobs.transforms.raw_transactions import parse_raw_lines
from tests.glue_jobs.transforms.plain_python import columns
from tests.glue_jobs.transforms.raw_line_generator import raw_bytes

MODIFIED = datetime(2026, 1, 15, 10, 5, tzinfo=UTC)
JSON_SPACE = b" \t\r\n"


def read(spark: SparkSession, source: Path) -> DataFrame:
    """Return the lines of a file as cleanse reads an object, each known by its number in it."""
    return spark.read.text(str(source)).select(
        F.expr("substring(value, instr(value, '\t') + 1)").alias("line"),
        F.substring_index("value", "\t", 1).alias("raw_object"),
        F.lit(MODIFIED.replace(tzinfo=None)).cast("timestamp_ntz").alias("object_modified"),
    )


def write_numbered(lines: Iterable[bytes], target: Path) -> None:
    target.write_bytes(b"".join(b"%d\t%b\n" % each for each in enumerate(lines)))


def rows_of(parsed: DataFrame, folder: Path) -> list[dict[str, Any]]:
    """Return the rows in the order of their lines, every value as Spark writes it."""
    texts = [F.col(name).cast("string") for name in parsed.columns if name != "line"]
    parsed.select(*texts).write.parquet(str(folder))
    rows: list[dict[str, Any]] = pq.read_table(folder).to_pylist()
    return sorted(rows, key=lambda row: int(row["raw_object"]))


def differences(lines: Sequence[bytes], rows: list[dict[str, Any]], zone: str) -> list[str]:
    wanted = [(place, line) for place, line in enumerate(lines) if line.strip(JSON_SPACE)]
    found = []
    for (place, line), row in itertools.zip_longest(wanted, rows, fillvalue=None):
        assert int(row["raw_object"]) == place
        expected = columns(line, MODIFIED, ZoneInfo(zone))
        wrong = {name: (row[name], want) for name, want in expected.items() if row[name] != want}
        if wrong:
            found.append(f"{line[:600]!r}: (Spark, Python) {wrong} {row['detail']}")
    return found


@pytest.mark.parametrize(("zone", "count"), [("UTC", 5_000), ("America/New_York", 100_000)])
def test_generated_lines_mean_the_same_in_spark_and_in_python(
    spark: SparkSession, tmp_path: Path, zone: str, count: int
) -> None:
    lines = list(raw_bytes(random.Random(f"lines of {zone}"), count))
    write_numbered(lines, tmp_path / "lines")
    parsed = read(spark, tmp_path / "lines").transform(parse_raw_lines(zone, "run-1"))
    assert not differences(lines, rows_of(parsed, tmp_path / "parsed"), zone)[:20]
