"""Hands a known list of S3 files to Spark, without Spark listing or probing any of them."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from local_aws.glue_job.bookmark_state import S3File

# Separator of a csv read that is to hand out whole lines: no JSON text holds it raw.
WHOLE_LINE_SEPARATOR = "\u0001"
_BLOCK_SIZE = 128 * 1024 * 1024


def read_csv(spark: SparkSession, files: Sequence[S3File], options: dict[str, Any]) -> DataFrame:
    """Return the files' records as Glue's csv reader does: strings, col0, col1, … or by header.

    A record with more fields than the first one fails the read.
    """
    header = _is_true(options.get("withHeader", False))
    separator = str(options.get("separator", ","))
    quote_char = str(options.get("quoteChar", '"'))
    attached = _attached_columns(options)
    if separator == WHOLE_LINE_SEPARATOR and quote_char == "-1" and not header:
        return _reader(spark, files).text(_manifest(files)).select(*_whole_line(), *attached)
    quote = "" if quote_char == "-1" else quote_char
    reader = _reader(spark, files).option("mode", "FAILFAST").option("sep", separator)
    reader = reader.option("header", header).option("quote", quote).option("escape", quote)
    records = reader.csv(_manifest(files))
    names = records.columns if header else [f"col{n}" for n in range(len(records.columns))]
    named = [
        F.coalesce(F.col(f"`{old}`"), F.lit("")).alias(new)  # an empty field is an empty string
        for old, new in zip(records.columns, names, strict=True)
    ]
    return records.select(*named, *attached)


def _whole_line() -> list[Column]:
    """Return col0 and, for a line that holds the separator, what follows it in col1.

    Glue has as many columns as the longest record has fields. To find out costs a pass over all
    input, and a reader of whole lines joins the columns again in any case.
    """
    line = F.col("value")
    is_cut = line.contains(WHOLE_LINE_SEPARATOR)
    first = F.substring_index(line, WHOLE_LINE_SEPARATOR, 1)
    rest = F.substr(line, F.instr(line, WHOLE_LINE_SEPARATOR) + 1)
    # Always true, though Spark cannot know: else it would cut the lines again in every filter.
    kept_apart = F.spark_partition_id() >= 0
    return [
        F.when(is_cut, first).when(kept_apart, line).alias("col0"),
        F.when(is_cut, rest).alias("col1"),
    ]


def read_json(spark: SparkSession, files: Sequence[S3File], options: dict[str, Any]) -> DataFrame:
    """Return the files' JSON objects, one a line, typed as Spark infers them.

    A line that is no JSON object fails the read: Glue would turn it into an error record.
    """
    records = _reader(spark, files).option("mode", "FAILFAST").json(_manifest(files))
    return records.select("*", *_attached_columns(options))


def _reader(spark: SparkSession, files: Sequence[S3File]) -> Any:
    if not files:
        raise ValueError("no files to read")
    return spark.read.option("recursiveFileLookup", "true")


def _manifest(files: Sequence[S3File]) -> str:
    """Write a folder that stands for the files; return its path.

    Spark takes a folder with a `_spark_metadata` log, as its streaming file sink writes one, for
    exactly the files that the log names. So 100,000 files cost one local read instead of several
    S3 requests for each.
    """
    folder = Path(tempfile.mkdtemp(prefix="files-"))
    log = folder / "_spark_metadata" / "0"
    log.parent.mkdir()
    with log.open("w") as lines:
        lines.write("v1")
        for file in files:
            entry = {
                "path": f"s3://{file.bucket}/{quote(file.key)}",
                "size": file.size,
                "isDir": False,
                "modificationTime": file.modified_ms,
                "blockReplication": 1,
                "blockSize": _BLOCK_SIZE,
                "action": "add",
            }
            lines.write("\n" + json.dumps(entry))
    return folder.as_uri()


def _attached_columns(options: dict[str, Any]) -> list[Column]:
    """Return the columns of Glue's shared format options attachFilename and attachTimestamp."""
    columns = []
    if name := options.get("attachFilename"):
        columns.append(_unescaped(F.col("_metadata.file_path")).alias(name))
    if name := options.get("attachTimestamp"):
        columns.append(F.unix_millis(F.col("_metadata.file_modification_time")).alias(name))
    return columns


def _unescaped(uri: Column) -> Column:
    """Turn the URI that Spark tells of a file back into the object's path."""
    unescaped = F.url_decode(F.replace(uri, F.lit("+"), F.lit("%2B")))
    return F.when(uri.contains("%"), unescaped).otherwise(uri)


def _is_true(value: Any) -> bool:
    return str(value).lower() == "true"
