"""The raw objects that a run of cleanse finds in S3, and its position after them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from contracts.raw_zone import (
    POSITION_ITEM,
    RAW_PREFIX,
    Position,
    RawObject,
    listed_objects,
    position_after,
    stored_position,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table
    from mypy_boto3_s3 import S3Client

_GZIP_WINDOW = 16 + zlib.MAX_WBITS
# A megabyte may unpack to a gigabyte, so little is unpacked at a time; and zlib copies what it has
# not taken yet, so little is given to it.
_UNPACKED_BYTES = 1024 * 1024
_SLICE_BYTES = 16 * 1024


def list_raw_objects(s3: S3Client, bucket: str) -> list[RawObject]:
    """Return the objects below raw/ that a job reads."""
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=RAW_PREFIX)
    return [raw for page in pages for raw in listed_objects(page.get("Contents", []))]


def read_position(state: Table) -> Position | None:
    """Return how far earlier runs of cleanse have read; None when there was none."""
    item: Any = state.get_item(Key={"item": POSITION_ITEM}, ConsistentRead=True).get("Item")
    return stored_position(item["high_water_mark"], item["names_in_band"]) if item else None


def unread_objects(listed: Iterable[RawObject], position: Position | None) -> list[RawObject]:
    """Return the objects that no run before has taken."""
    return [raw for raw in listed if position is None or not position.covers(raw)]


def position_item(
    consumed: Iterable[RawObject], run_id: str, now: datetime
) -> dict[str, Any] | None:
    """Return the state table's item that says which raw objects cleanse has consumed.

    None when `position_after` cannot tell.
    """
    position = position_after(consumed)
    if position is None:
        return None
    return {
        "item": POSITION_ITEM,
        "high_water_mark": position.high_water_mark.isoformat(timespec="microseconds"),
        "names_in_band": sorted(position.names_in_band),
        "run_id": run_id,
        "updated_at": now.isoformat(timespec="milliseconds"),
    }


def unreadable_reason(chunks: Iterable[bytes]) -> str | None:
    """Return why a gzip stream cannot be read to its end; None when it can.

    A gzip file may hold several members one after the other (RFC 1952).
    """
    member, begun = zlib.decompressobj(_GZIP_WINDOW), False
    try:
        for piece in _slices(chunks):
            rest = piece
            while rest:
                begun = True
                member.decompress(rest, _UNPACKED_BYTES)
                rest = member.unconsumed_tail or member.unused_data
                if member.eof:
                    member, begun = zlib.decompressobj(_GZIP_WINDOW), False
    except zlib.error as error:
        return f"not a whole gzip file: {error}"
    return "not a whole gzip file: it ends in the middle" if begun else None


def _slices(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), _SLICE_BYTES):
            yield chunk[start : start + _SLICE_BYTES]
