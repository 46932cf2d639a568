"""The raw objects in S3: which there are, which are unread, and which cannot be read at all."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

RAW_PREFIX = "raw/transactions/"

# Glue re-checks the files of the last 900 seconds by name, since S3 gives times by the second and
# uploads end out of order (AWS Glue: S3 connection options, maxBand and maxFilesInBand).
BAND = timedelta(seconds=900)
MOST_FILES_IN_BAND = 1000

_GZIP_WINDOW = 16 + zlib.MAX_WBITS


@dataclass(frozen=True)
class RawObject:
    """One object below raw/ as S3 lists it."""

    key: str
    last_modified: datetime
    size: int


def list_raw_objects(s3: S3Client, bucket: str) -> list[RawObject]:
    """Return the non-empty objects below raw/."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=RAW_PREFIX)
    return [
        RawObject(entry["Key"], entry["LastModified"], entry["Size"])
        for page in pages
        for entry in page.get("Contents", [])
        if entry["Size"] > 0
    ]


def position_item(
    consumed: Iterable[RawObject], run_id: str, now: datetime
) -> dict[str, Any] | None:
    """Return the state table's item that says which raw objects cleanse has consumed.

    None when the position cannot be told: no object at all, or more objects in the band than
    Glue's bookmark takes in one run, of which it leaves some for the next.
    """
    objects = list(consumed)
    if not objects:
        return None
    mark = max(raw.last_modified for raw in objects)
    in_band = [raw.key for raw in objects if raw.last_modified >= mark - BAND]
    if len(in_band) > MOST_FILES_IN_BAND:
        return None
    return {
        "item": "position#cleanse",
        "high_water_mark": mark.isoformat(timespec="microseconds"),
        "keys_in_band": sorted(in_band),
        "run_id": run_id,
        "updated_at": now.isoformat(timespec="milliseconds"),
    }


def unreadable_reason(chunks: Iterable[bytes]) -> str | None:
    """Return why a gzip stream cannot be read to its end; None when it can.

    A gzip file may hold several members one after the other (RFC 1952).
    """
    member, begun = zlib.decompressobj(_GZIP_WINDOW), False
    try:
        for chunk in chunks:
            rest = chunk
            while rest:
                begun = True
                member.decompress(rest)
                rest = member.unused_data
                if member.eof:
                    member, begun = zlib.decompressobj(_GZIP_WINDOW), False
    except zlib.error as error:
        return f"not a whole gzip file: {error}"
    return "not a whole gzip file: it ends in the middle" if begun else None
