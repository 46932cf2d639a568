"""Reads raw lines, by the job bookmark or of given objects; finds objects that cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import boto3
from awsglue.context import GlueContext
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contracts.raw_zone import BAND, MOST_FILES_IN_BAND, RAW_PREFIX, RawObject
from glue_jobs.raw_objects import unreadable_reason

# Renaming it would make the bookmark forget what was read.
BOOKMARK_CONTEXT = "raw_transactions"

# No JSON text holds this control character raw, so csv without quoting hands out whole lines;
# Glue's json reader has no column for lines that it cannot parse.
_SEPARATOR = "\u0001"
_CHUNK_BYTES = 1024 * 1024


def read_new_lines(
    glue: GlueContext, lake_bucket: str, excluded_keys: Sequence[str]
) -> DataFrame | None:
    """Return the lines of the raw objects that are new to the bookmark; None if there are none.

    Columns: line string, raw_object string (the object's key), object_modified timestamp_ntz
    (UTC). groupFiles is off, so that each line knows its object.
    """
    bookmarked = {
        "paths": [f"s3://{lake_bucket}/{RAW_PREFIX}"],
        "recurse": True,
        "maxBand": str(int(BAND.total_seconds() * 1000)),
        "maxFilesInBand": str(MOST_FILES_IN_BAND),
    }
    return _read(glue, bookmarked, excluded_keys, BOOKMARK_CONTEXT)


def read_folders(
    glue: GlueContext, lake_bucket: str, folders: Iterable[str], excluded_keys: Sequence[str]
) -> DataFrame | None:
    """Return the lines of the objects in some folders of raw/, whatever the bookmark has seen.

    The columns are those of `read_new_lines`. A read without a transformation_ctx is no bookmark's
    (AWS Glue: Tracking processed data using job bookmarks). Folders, since an object's own name
    might be taken for a glob.
    """
    paths = {"paths": [f"s3://{lake_bucket}/{folder}" for folder in folders], "recurse": False}
    return _read(glue, paths, excluded_keys, transformation_ctx="")


def _read(
    glue: GlueContext,
    options: dict[str, Any],
    excluded_keys: Sequence[str],
    transformation_ctx: str,
) -> DataFrame | None:
    exclusions = json.dumps([f"**{_literal_glob(key)}" for key in excluded_keys])
    frame = glue.create_dynamic_frame.from_options(
        connection_type="s3",
        connection_options={**options, "groupFiles": "none", "exclusions": exclusions},
        format="csv",
        format_options={
            "separator": _SEPARATOR,
            "quoteChar": -1,
            "withHeader": False,
            "attachFilename": "object_path",
            "attachTimestamp": "object_modified_ms",
        },
        transformation_ctx=transformation_ctx,
    )
    rows = frame.toDF()
    # Glue gives a frame without columns when nothing is new.
    pieces = [name for name in rows.columns if name.startswith("col")]
    if not pieces:
        return None
    first, *others = pieces
    line = F.col(first)
    if others:
        is_whole = F.coalesce(*others).isNull()
        line = F.when(is_whole, line).otherwise(F.concat_ws(_SEPARATOR, *pieces))
    # By bytes: the characters of a text Spark counts one by one.
    bucket = F.octet_length(F.substring_index("object_path", RAW_PREFIX, 1))
    key = F.substr(F.col("object_path").cast("binary"), bucket + 1).cast("string")
    modified = F.timestamp_millis(F.col("object_modified_ms").cast("bigint"))
    return rows.select(
        line.alias("line"),
        key.alias("raw_object"),
        modified.cast("timestamp_ntz").alias("object_modified"),
    )


def _literal_glob(key: str) -> str:
    """Return a glob that matches just this key (AWS Glue: include and exclude patterns)."""
    return "".join(f"\\{letter}" if letter in "\\*?[]{}" else letter for letter in key)


UNREADABLE_SCHEMA = "raw_object string, detail string, object_modified timestamp_ntz"


def find_unreadable(
    spark: SparkSession, bucket: str, objects: list[RawObject]
) -> list[tuple[str, str, datetime]]:
    """Return the gzip objects that cannot be read to their end, as rows of UNREADABLE_SCHEMA.

    Reads every object once, spread over the executors: for the run that has failed on one.
    """
    zipped = [raw for raw in objects if raw.key.endswith(".gz")]
    if not zipped:
        return []

    def check(some_objects: Iterator[RawObject]) -> Iterator[tuple[str, str, datetime]]:
        s3 = boto3.client("s3")
        for raw in some_objects:
            body = s3.get_object(Bucket=bucket, Key=raw.key)["Body"]
            reason = unreadable_reason(body.iter_chunks(_CHUNK_BYTES))
            if reason is not None:
                yield raw.key, reason, raw.last_modified.astimezone(UTC).replace(tzinfo=None)

    slices = min(len(zipped), 4 * spark.sparkContext.defaultParallelism)
    found: list[tuple[str, str, datetime]] = (
        spark.sparkContext.parallelize(zipped, slices).mapPartitions(check).collect()
    )
    return found
