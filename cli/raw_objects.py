"""The objects of raw/: which there are, and their lines as the cleanse job reads them."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import IO, Any

from contracts.raw_zone import RAW_PREFIX, RawObject, listed_objects

_WHITE_SPACE = b" \t\r\n"  # of JSON: a line of nothing else is none; one of NULs is, and garbage


class UnreadableObjectError(Exception):
    """A raw object's gzip stream is cut off or damaged."""


def list_raw_objects(s3: Any, bucket: str, since: datetime | None = None) -> Iterator[RawObject]:
    """Yield the objects that a job reads; with `since`, those delivered from then on.

    Firehose names the folder by the day of the delivery's oldest record, so days before `since`
    hold nothing that was sent after it.
    """
    paginator = s3.get_paginator("list_objects_v2")
    for prefix in [RAW_PREFIX] if since is None else _day_prefixes(since):
        for page in paginator.paginate(Bucket=bucket, Prefix=prefix):
            for raw in listed_objects(page.get("Contents", [])):
                if since is None or raw.last_modified >= since:
                    yield raw


def open_raw_object(s3: Any, bucket: str, key: str) -> IO[bytes]:
    """Return the object's content, unzipped as it is read if its name says that it is gzip."""
    stored = io.BytesIO(s3.get_object(Bucket=bucket, Key=key)["Body"].read())
    return gzip.open(stored) if key.endswith(".gz") else stored  # type: ignore[return-value]


def read_lines(content: IO[bytes]) -> Iterator[bytes]:
    """Yield the lines that the cleanse job sees: split at CR, LF or CRLF, blank ones left out.

    Raises
    ------
    UnreadableObjectError : the content ends in the middle of a gzip stream, or is damaged.
    """
    try:
        for piece in content:
            for line in piece.splitlines() if b"\r" in piece else (piece,):
                if line.strip(_WHITE_SPACE):
                    yield line
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise UnreadableObjectError(str(error)) from error


def _day_prefixes(since: datetime) -> Iterator[str]:
    day, last = since.astimezone(UTC).date(), datetime.now(UTC).date() + timedelta(days=1)
    while day <= last:
        yield f"{RAW_PREFIX}ingest_date={day.isoformat()}/"
        day += timedelta(days=1)
