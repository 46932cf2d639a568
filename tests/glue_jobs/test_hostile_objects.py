"""Whatever bytes a raw object holds, each line is a row or a reject, or the object is refused."""

from __future__ import annotations

import gzip
import random
import re
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from py4j.protocol import Py4JJavaError
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from glue_jobs.raw_objects import unreadable_reason
from glue_jobs.transforms.raw_transactions import (
    accepted_transactions,
    parse_raw_lines,
    rejected_lines,
)
from tests.glue_jobs.transforms.raw_line_generator import raw_bytes

SALE = (
    b'{"InvoiceNo":"536365","StockCode":"85123A","Quantity":6,"InvoiceDate":"12/1/2010 8:26",'
    b'"UnitPrice":2.55,"Country":"France"%b}'
)
MEGABYTE = 1 << 20
LONG = SALE % (b',"Description":"' + b"x" * 10 * MEGABYTE + b'"')
LONG_EXTRA = SALE % (b',"Note":"' + b"x" * 10 * MEGABYTE + b'"')


def read(spark: SparkSession, source: Path) -> DataFrame:
    """Return a file's lines as cleanse reads an object's."""
    modified = F.lit(datetime(2026, 1, 15, 10, 5)).cast("timestamp_ntz")  # noqa: DTZ001
    return spark.read.text(str(source)).select(
        F.col("value").alias("line"),
        F.lit(source.name).alias("raw_object"),
        modified.alias("object_modified"),
    )


def cleansed(spark: SparkSession, source: Path) -> tuple[int, list[Any]]:
    """Return how many rows an object gives, and its rejects."""
    parsed = read(spark, source).transform(parse_raw_lines("UTC", "run-1"))
    rejects = parsed.transform(rejected_lines).collect()
    return parsed.transform(accepted_transactions).count(), rejects


def test_every_line_is_accepted_or_rejected_once(spark: SparkSession, tmp_path: Path) -> None:
    lines = list(raw_bytes(random.Random("objects"), 3000))
    lines += lines[:500]  # equal lines are rows of their own
    source = tmp_path / "object"
    source.write_bytes(b"\n".join(lines))
    accepted, rejects = cleansed(spark, source)
    assert accepted + len(rejects) == sum(bool(line.strip(b" \t\r\n")) for line in lines)
    assert len({row["quarantine_id"] for row in rejects}) == len(rejects)
    assert all(row["reason"] and row["detail"] for row in rejects)


ODD_OBJECTS: dict[str, tuple[bytes, int, list[str] | None]] = {
    "empty": (b"", 0, []),
    "blank": (b"\n\r\n \t\n", 0, []),
    "CR only": (SALE % b"" + b"\r" + SALE % b"" + b"\r{}", 2, ["missing_field"]),
    "CRLF": (SALE % b"" + b"\r\n\r\n" + SALE % b"", 2, []),
    "BOM": (b"\xef\xbb\xbf" + SALE % b"", 1, []),
    "NUL": (b"\0" * 1000 + b"\n" + SALE % b"", 1, ["not_an_object"]),
    "NUL within": (SALE.replace(b"France", b"Fr\0nce") % b"", 0, ["not_an_object"]),
    "Latin-1": (SALE.replace(b"France", b"Fran\xe7e") % b"", 0, ["not_an_object"]),
    "UTF-16": ((SALE % b"").decode().encode("utf-16"), 0, ["not_an_object"]),
    "separator": (b"\x01" + SALE % b"", 0, ["not_an_object"]),
    "a value of 10 MB": (LONG, 0, ["too_long"]),
    "10 MB beside the fields": (LONG_EXTRA + b"\n" + SALE % b"", 2, []),
    "10 MB of brackets": (b"[" * 10 * MEGABYTE, 0, ["not_an_object"]),
    "100,000 levels": (b'{"a":' * 100_000, 0, ["not_an_object"]),
    "gzip by no name": (gzip.compress(SALE % b""), 0, None),
    "binary": (random.Random(1).randbytes(100_000), 0, None),
}
"""Their content, how many rows they give, and the reasons of their rejects in order."""


@pytest.fixture(scope="module")
def odd_rows(
    spark: SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[str | None]]:
    """Return the reason of each line, None where there is none to reject it, by object."""
    folder = tmp_path_factory.mktemp("odd")
    for number, (content, _, _) in enumerate(ODD_OBJECTS.values()):
        (folder / str(number)).write_bytes(content)
    lines = read(spark, folder).withColumn("raw_object", F.col("_metadata.file_name"))
    parsed = lines.transform(parse_raw_lines("UTC", "run-1")).select("raw_object", "reason")
    found: dict[str, list[str | None]] = {name: [] for name in ODD_OBJECTS}
    for row in parsed.collect():
        found[list(ODD_OBJECTS)[int(row["raw_object"])]].append(row["reason"])
    return found


@pytest.mark.parametrize("name", ODD_OBJECTS)
def test_an_odd_object_gives_its_lines(odd_rows: dict[str, list[str | None]], name: str) -> None:
    content, accepted, reasons = ODD_OBJECTS[name]
    if reasons is None:
        lines = [line for line in re.split(rb"\r\n|\r|\n", content) if line.strip(b" \t")]
        reasons = ["not_an_object"] * len(lines)
    assert odd_rows[name].count(None) == accepted
    assert [reason for reason in odd_rows[name] if reason] == reasons


WHOLE = gzip.compress((SALE % b"" + b"\n") * 1000, mtime=0)


def damaged_objects() -> Iterator[Any]:
    """Yield gzip objects, whole and damaged, each with its name."""
    yield pytest.param(WHOLE, id="whole")
    yield pytest.param(WHOLE + gzip.compress(SALE % b""), id="two members")
    yield pytest.param(gzip.compress(b"") * 50 + WHOLE, id="empty members before")
    yield pytest.param(gzip.compress(b""), id="an empty member")
    yield pytest.param(WHOLE + b"garbage behind it", id="garbage behind")
    yield pytest.param(WHOLE + b"\x1f", id="a byte behind")
    yield pytest.param(WHOLE + b"\0" * 512, id="zeros behind")
    yield pytest.param(WHOLE + WHOLE[: len(WHOLE) // 2], id="second member cut")
    yield pytest.param(WHOLE[:-1], id="a byte short")
    yield pytest.param(WHOLE[:-8], id="no trailer")
    yield pytest.param(WHOLE[: len(WHOLE) // 2], id="half")
    yield pytest.param(WHOLE[:10], id="header only")
    yield pytest.param(WHOLE[:5], id="half a header")
    yield pytest.param(WHOLE[:-8] + bytes(8), id="wrong checksum")
    yield pytest.param(WHOLE[:-4] + bytes(4), id="wrong length")
    yield pytest.param(WHOLE[:30] + bytes(20) + WHOLE[50:], id="damaged within")
    yield pytest.param(WHOLE[:2] + b"\x07" + WHOLE[3:], id="unknown method")
    yield pytest.param(WHOLE[:3] + b"\xe0" + WHOLE[4:], id="reserved flags")
    yield pytest.param(b"no gzip at all", id="text")
    yield pytest.param(zlib.compress(SALE % b""), id="zlib")


@pytest.mark.parametrize("content", list(damaged_objects()))
def test_an_object_that_spark_cannot_read_is_one_that_is_found_unreadable(
    spark: SparkSession, tmp_path: Path, content: bytes
) -> None:
    source = tmp_path / "object.gz"
    source.write_bytes(content)
    try:
        lines = read(spark, source).select(F.count("line")).first()
    except Py4JJavaError:
        fails = True
    else:
        fails = False
        assert lines
        assert lines[0] == gzip.decompress(content).count(b"536365")
    assert (unreadable_reason([content]) is not None) == fails
    assert unreadable_reason(iter([bytes([byte]) for byte in content])) == unreadable_reason(
        [content]
    )


@pytest.mark.timeout(60)
def test_finding_out_whether_a_gzip_bomb_is_whole_takes_little_memory_and_time() -> None:
    import tracemalloc  # noqa: PLC0415

    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(pack.compress(bytes(1 << 24)) for _ in range(40)) + pack.flush()
    many = gzip.compress(b"") * 100_000
    tracemalloc.start()
    assert unreadable_reason([bomb]) is None
    assert unreadable_reason([many]) is None
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * MEGABYTE
