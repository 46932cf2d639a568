"""Counts the raw objects that cleanse has not consumed.

Cleanse reads by Glue's job bookmark, whose content is not documented. So it writes its position
into an item of the state table: the greatest LastModified consumed (the mark) and the keys whose
LastModified lies in the 900 seconds before it. S3 gives times by the second and uploads end out
of order, so within this band a key decides, below it the time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client

RAW_PREFIX = "raw/transactions/"
POSITION_ITEM = "position#cleanse"
BAND = timedelta(seconds=900)  # AWS Glue: S3 connection option maxBand


@dataclass(frozen=True)
class Position:
    """How far cleanse has read.

    Attributes
    ----------
    high_water_mark : the greatest LastModified consumed.
    keys_in_band : the consumed keys whose LastModified is within BAND of it.
    """

    high_water_mark: datetime
    keys_in_band: frozenset[str]

    def covers(self, key: str, last_modified: datetime) -> bool:
        """Return whether the object has been consumed."""
        if last_modified > self.high_water_mark:
            return False
        return last_modified < self.high_water_mark - BAND or key in self.keys_in_band


@dataclass(frozen=True)
class PendingObjects:
    """How many raw objects wait, and their size in bytes."""

    objects: int
    bytes: int


def read_position(dynamodb: DynamoDBClient, table: str) -> Position | None:
    """Return how far cleanse has read; None when it has not read anything."""
    item = dynamodb.get_item(
        TableName=table, Key={"item": {"S": POSITION_ITEM}}, ConsistentRead=True
    ).get("Item")
    if not item:
        return None
    return Position(
        high_water_mark=datetime.fromisoformat(item["high_water_mark"]["S"]),
        keys_in_band=frozenset(_strings(item.get("keys_in_band", {"L": []}))),
    )


def count_pending(s3: S3Client, bucket: str, position: Position | None) -> PendingObjects:
    """List raw/ (one request a thousand objects) and count what `position` does not cover.

    All of raw/ is listed, since Firehose may deliver an object a day late, under the hour that
    it belongs to, and people may drop files anywhere below raw/.
    """
    objects = size = 0
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=RAW_PREFIX)
    for page in pages:
        for found in page.get("Contents", []):
            consumed = position and position.covers(found["Key"], found["LastModified"])
            if found["Size"] > 0 and not consumed:
                objects += 1
                size += found["Size"]
    return PendingObjects(objects, size)


def _strings(attribute: Any) -> Iterable[str]:
    # boto3's table resource writes a list as L, a set as SS.
    return attribute["SS"] if "SS" in attribute else (entry["S"] for entry in attribute["L"])
