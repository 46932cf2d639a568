"""Reads an S3 source as create_dynamic_frame.from_options does: options, bookmark, records."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import boto3
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from local_aws.glue_job.bookmark_session import BookmarkSession
from local_aws.glue_job.bookmark_state import (
    DEFAULT_MAX_BAND_MS,
    DEFAULT_MAX_FILES_IN_BAND,
    ReadLimits,
    S3File,
)
from local_aws.glue_job.s3_listing import exclusion_filter, list_files
from local_aws.glue_job.s3_source import read_csv, read_json

_READERS = {"csv": read_csv, "json": read_json}
_SHARED_FORMAT_OPTIONS = {"attachFilename", "attachTimestamp"}
_FORMAT_OPTIONS = {
    "csv": {"separator", "quoteChar", "withHeader"} | _SHARED_FORMAT_OPTIONS,
    "json": _SHARED_FORMAT_OPTIONS,
}
_CONNECTION_OPTIONS = {
    "paths",
    "recurse",
    "exclusions",
    "groupFiles",  # how files share a task: no matter to what is read
    "groupSize",
    "maxBand",
    "maxFilesInBand",
    "boundedFiles",
    "boundedSize",
}


def read_source(
    spark: SparkSession,
    connection_options: Mapping[str, Any],
    format_name: str | None,
    format_options: dict[str, Any],
    transformation_ctx: str,
) -> Callable[[], DataFrame]:
    """Choose the files now, and return what reads them.

    Raises
    ------
    NotImplementedError : a format or an option that the local runtime does not honour. Glue
        ignores options that it does not know; here a misspelt one is an error.
    """
    read = _READERS.get(str(format_name))
    if read is None:
        raise NotImplementedError(f"format {format_name!r} is not built locally")
    _refuse_unknown("connection_options", connection_options, _CONNECTION_OPTIONS)
    _refuse_unknown("format_options", format_options, _FORMAT_OPTIONS[str(format_name)])
    files = _choose_files(connection_options, transformation_ctx)
    if not files:
        return lambda: spark.createDataFrame([], StructType([]))
    return lambda: read(spark, files, format_options)


def _choose_files(options: Mapping[str, Any], transformation_ctx: str) -> list[S3File]:
    listing = list_files(
        boto3.client("s3"),
        options["paths"],
        recurse=str(options.get("recurse", False)).lower() == "true",
        is_excluded=exclusion_filter(options.get("exclusions")),
    )
    session = BookmarkSession.current()
    chosen = session.select(transformation_ctx, listing, _limits(options)) if session else None
    return listing if chosen is None else chosen


def _limits(options: Mapping[str, Any]) -> ReadLimits:
    bounded_files, bounded_size = options.get("boundedFiles"), options.get("boundedSize")
    return ReadLimits(
        max_band_ms=int(options.get("maxBand", DEFAULT_MAX_BAND_MS)),
        max_files_in_band=int(options.get("maxFilesInBand", DEFAULT_MAX_FILES_IN_BAND)),
        bounded_files=None if bounded_files is None else int(bounded_files),
        bounded_size=None if bounded_size is None else int(bounded_size),
    )


def _refuse_unknown(what: str, given: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(given) - known):
        raise NotImplementedError(f"{what} not built locally: {', '.join(unknown)}")
