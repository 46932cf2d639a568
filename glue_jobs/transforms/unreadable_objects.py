"""Quarantine rows for raw objects that cannot be read to their end."""

from __future__ import annotations

from collections.abc import Callable

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from contracts.fields import QUARANTINE
from contracts.rejections import Reason


def quarantine_unreadable(run_id: str) -> Callable[[DataFrame], DataFrame]:
    """Return a transform from raw_lines.UNREADABLE_SCHEMA to one quarantine row an object."""

    def transform(objects: DataFrame) -> DataFrame:
        identity = F.concat_ws("\u001f", "raw_object", F.lit(Reason.UNREADABLE_OBJECT.value))
        values = {
            "quarantine_id": F.substring(F.sha2(identity, 256), 1, 32),
            "raw_object": F.col("raw_object"),
            "line_hash": F.substring(F.sha2(F.lit(""), 256), 1, 32),
            "raw_line": F.lit(""),
            "line_number_among_equal": F.lit(1),
            "reason": F.lit(Reason.UNREADABLE_OBJECT.value),
            "detail": F.col("detail"),
            "run_id": F.lit(run_id),
            "ingest_date": F.coalesce(
                F.regexp_extract("raw_object", r"ingest_date=(\d{4}-\d{2}-\d{2})/", 1).cast("date"),
                F.col("object_modified").cast("date"),
            ),
        }
        return objects.select(
            *[
                values.get(column.name, F.lit(None)).cast(column.type).alias(column.name)
                for column in QUARANTINE
            ]
        )

    return transform
